#include "tools/v4run/LineEditor.h"

#include "runtime/text/Utf8.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace v4run {

static constexpr size_t kMostBytes = 1 << 20;

static uint32_t codePoint(std::string_view character) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() < 2)
    return character.empty() ? 0 : byte(0);
  uint32_t value = byte(0) & (0xff >> (character.size() + 1));
  for (size_t i = 1; i < character.size(); ++i)
    value = value << 6 | (byte(i) & 0x3f);
  return value;
}

int columns(std::string_view character) {
  struct Range {
    uint32_t first, last;
    int columns;
  };
  // The blocks that matter of Unicode's East Asian Width and of combining marks.
  static constexpr Range kRanges[] = {
      {0x0300, 0x036f, 0},   {0x1100, 0x115f, 2},   {0x1ab0, 0x1aff, 0},   {0x200b, 0x200f, 0},
      {0x20d0, 0x20ff, 0},   {0x2e80, 0x303e, 2},   {0x3041, 0x33ff, 2},   {0x3400, 0x4dbf, 2},
      {0x4e00, 0x9fff, 2},   {0xa000, 0xa4cf, 2},   {0xac00, 0xd7a3, 2},   {0xf900, 0xfaff, 2},
      {0xfe00, 0xfe0f, 0},   {0xfe30, 0xfe4f, 2},   {0xff00, 0xff60, 2},   {0xffe0, 0xffe6, 2},
      {0x1f300, 0x1f64f, 2}, {0x1f680, 0x1f6ff, 2}, {0x1f900, 0x1f9ff, 2}, {0x20000, 0x3fffd, 2}};
  uint32_t value = codePoint(character);
  for (const Range &range : kRanges)
    if (value >= range.first && value <= range.last)
      return range.columns;
  return 1;
}

std::string harmless(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    bool isC1 = byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (isC1)
      ++i;
    bool isControl = isC1 || byte == 0x7f || (byte < ' ' && byte != '\n' && byte != '\t');
    out += isControl ? '?' : text[i];
  }
  return out;
}

size_t LineEditor::before(size_t from) const {
  while (from > 0 && (static_cast<unsigned char>(line[--from]) & 0xc0) == 0x80) {
  }
  return from;
}

size_t LineEditor::behind(size_t from) const {
  while (from < line.size() && (static_cast<unsigned char>(line[++from]) & 0xc0) == 0x80) {
  }
  return from;
}

static bool isSpace(char c) { return c == ' ' || c == '\n'; }

size_t LineEditor::wordBefore() const {
  size_t to = at;
  while (to > 0 && isSpace(line[to - 1]))
    --to;
  while (to > 0 && !isSpace(line[to - 1]))
    --to;
  return to;
}

size_t LineEditor::wordBehind() const {
  size_t to = at;
  while (to < line.size() && isSpace(line[to]))
    ++to;
  while (to < line.size() && !isSpace(line[to]))
    ++to;
  return to;
}

LineEditor::Event LineEditor::insert(std::string_view bytes) {
  if (line.size() + bytes.size() > kMostBytes)
    return Event::none;
  line.insert(at, bytes);
  at += bytes.size();
  return Event::changed;
}

LineEditor::Event LineEditor::erase(size_t begin, size_t end) {
  line.erase(begin, end - begin);
  at = begin;
  return Event::changed;
}

LineEditor::Event LineEditor::move(size_t to) {
  at = to;
  return Event::changed;
}

LineEditor::Event LineEditor::recall(size_t to) {
  if (to >= lines.size())
    return Event::none;
  lines[place] = line;
  place = to;
  line = lines[place];
  return move(line.size());
}

LineEditor::Event LineEditor::feed(char byte) {
  pending += byte;
  if (pending[0] == '\x1b')
    return escape();
  auto first = static_cast<unsigned char>(pending[0]);
  if (first < 0x80) {
    pending.clear();
    return key(byte);
  }
  std::string character = pending;
  if (v4rt::text::utf8Unfinished(character))
    return Event::none;
  pending.clear();
  return v4rt::text::utf8Sequence(character) == character.size() ? insert(character) : Event::none;
}

LineEditor::Event LineEditor::key(char byte) {
  if (isPasting)
    return byte == '\r' || byte == '\n'  ? insert("\n")
           : byte == '\t' || byte >= ' ' ? insert({&byte, 1})
                                         : Event::none;
  if (byte == '\t')
    return insert(" ");
  return byte >= ' ' && byte != 0x7f ? insert({&byte, 1}) : control(byte);
}

LineEditor::Event LineEditor::control(char byte) {
  static constexpr auto ctrl = [](char letter) { return static_cast<char>(letter & 0x1f); };
  switch (byte) {
  case ctrl('A'):
    return move(0);
  case ctrl('B'):
    return move(before(at));
  case ctrl('C'):
    return Event::interrupt;
  case ctrl('D'):
    return line.empty() ? Event::end : erase(at, behind(at));
  case ctrl('E'):
    return move(line.size());
  case ctrl('F'):
    return move(behind(at));
  case ctrl('H'):
  case 0x7f:
    return erase(before(at), at);
  case ctrl('K'):
    return erase(at, line.size());
  case ctrl('L'):
    return Event::clearScreen;
  case '\r':
  case '\n':
    return Event::done;
  case ctrl('N'):
    return recall(place + 1);
  case ctrl('P'):
    return place > 0 ? recall(place - 1) : Event::none;
  case ctrl('U'):
    return erase(0, at);
  case ctrl('W'):
    return erase(wordBefore(), at);
  }
  return Event::none;
}

LineEditor::Event LineEditor::escape() {
  if (pending.size() < 2)
    return Event::none;
  std::string sequence = pending.substr(1);
  bool isLong = sequence[0] == '[' || sequence[0] == 'O';
  if (isLong && (sequence.size() < 2 || (sequence.back() < '@' && sequence.size() < 16)))
    return Event::none;
  pending.clear();
  if (isPasting && sequence != "[201~")
    return Event::none;
  struct Key {
    const char *sequence;
    enum { up, down, left, right, home, end, wordLeft, wordRight, remove, newLine, paste, pasted } meaning;
  };
  static constexpr Key kKeys[] = {
      {"[A", Key::up},          {"OA", Key::up},      {"[B", Key::down},         {"OB", Key::down},
      {"[D", Key::left},        {"OD", Key::left},    {"[C", Key::right},        {"OC", Key::right},
      {"[H", Key::home},        {"OH", Key::home},    {"[1~", Key::home},        {"[7~", Key::home},
      {"[F", Key::end},         {"OF", Key::end},     {"[4~", Key::end},         {"[8~", Key::end},
      {"[1;5D", Key::wordLeft}, {"b", Key::wordLeft}, {"[1;5C", Key::wordRight}, {"f", Key::wordRight},
      {"[3~", Key::remove},     {"\r", Key::newLine}, {"\n", Key::newLine},      {"[200~", Key::paste},
      {"[201~", Key::pasted}};
  auto key = std::find_if(std::begin(kKeys), std::end(kKeys),
                          [&](const Key &each) { return sequence == each.sequence; });
  if (key == std::end(kKeys))
    return Event::none;
  switch (key->meaning) {
  case Key::up:
    return place > 0 ? recall(place - 1) : Event::none;
  case Key::down:
    return recall(place + 1);
  case Key::left:
    return move(before(at));
  case Key::right:
    return move(behind(at));
  case Key::home:
    return move(0);
  case Key::end:
    return move(line.size());
  case Key::wordLeft:
    return move(wordBefore());
  case Key::wordRight:
    return move(wordBehind());
  case Key::remove:
    return erase(at, behind(at));
  case Key::newLine:
    return insert("\n");
  case Key::paste:
  case Key::pasted:
    isPasting = key->meaning == Key::paste;
    return Event::none;
  }
  return Event::none;
}

} // namespace v4run

// The editing of one line, key by key, without a terminal: bytes of keys in, a line and a cursor out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace v4run {

/// Columns of a terminal that the UTF-8 sequence at `text` takes, which has `bytes` bytes.
int columns(std::string_view character);

/// Text of a model for a terminal: control characters, which could do anything to it, become '?'.
std::string harmless(std::string_view text);

class LineEditor {
public:
  enum class Event {
    none,
    changed,     // draw it again
    clearScreen, // and then draw
    done,        // Enter
    interrupt,   // Ctrl-C
    end,         // Ctrl-D in an empty line
  };

  /// `history`: older lines first. Starts with an empty line.
  explicit LineEditor(const std::vector<std::string> &history) : lines(history), place(history.size()) {
    lines.emplace_back();
  }

  /// Takes the next byte that the terminal sends. Bytes of one key may come in several reads.
  Event feed(char byte);

  const std::string &text() const { return line; }
  size_t cursor() const { return at; } // in bytes

private:
  Event key(char byte);
  Event escape();
  Event control(char byte);
  Event insert(std::string_view bytes);
  Event erase(size_t begin, size_t end);
  Event move(size_t to);
  Event recall(size_t to);
  size_t before(size_t from) const;
  size_t behind(size_t from) const;
  size_t wordBefore() const;
  size_t wordBehind() const;

  std::vector<std::string> lines; // of the history, as edited; the last is the new one
  size_t place;
  std::string line, pending; // pending: of a key or character that is not all there
  size_t at = 0;
  bool isPasting = false;
};

} // namespace v4run

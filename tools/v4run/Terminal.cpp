#include "tools/v4run/Terminal.h"

#include "runtime/AtomicFile.h"
#include "runtime/text/Utf8.h"
#include "tools/v4run/Failure.h"
#include "tools/v4run/LineEditor.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace v4run {

namespace fs = std::filesystem;

static constexpr size_t kMostEntries = 1000;

void writeOutput(const std::string &text) {
  for (size_t at = 0; at < text.size();) {
    ssize_t wrote = write(STDOUT_FILENO, text.data() + at, text.size() - at);
    if (wrote < 0 && errno != EINTR)
      throw Failure(std::string("cannot write the standard output: ") + strerror(errno));
    at += wrote > 0 ? static_cast<size_t>(wrote) : 0;
  }
}

// ---- history: one entry a line, "\n" and "\\" for what it cannot hold ----

static std::string lineOf(const std::string &entry) {
  std::string text;
  for (char c : entry)
    text += c == '\n' ? "\\n" : c == '\\' ? "\\\\" : std::string(1, c);
  return text;
}

static std::string entryOf(const std::string &text) {
  std::string entry;
  for (size_t i = 0; i < text.size(); ++i) {
    bool isEscape = text[i] == '\\' && i + 1 < text.size();
    entry += isEscape ? (text[++i] == 'n' ? '\n' : text[i]) : text[i];
  }
  return entry;
}

static std::string defaultPath() {
  const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
  if (state && *state == '/')
    return std::string(state) + "/v4run/history";
  return home && *home ? std::string(home) + "/.local/state/v4run/history" : "";
}

void History::open(const std::string &given, std::string &note) {
  path = given.empty() ? defaultPath() : given;
  std::error_code code;
  if (given.empty() && !path.empty()) {
    fs::create_directories(fs::path(path).parent_path(), code);
    if (!code)
      fs::permissions(fs::path(path).parent_path(), fs::perms::owner_all, code);
  }
  std::ifstream file(path, std::ios::binary);
  for (std::string line; std::getline(file, line);)
    if (v4rt::text::utf8Prefix(line) == line.size() && !line.empty())
      entries.push_back(entryOf(line));
  file.close();
  int probe = path.empty() ? -1 : ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (probe < 0) {
    note = path.empty() ? "nothing is remembered: there is no home folder"
                        : "nothing is remembered: cannot write " + path + ": " + strerror(errno);
    path.clear();
    return;
  }
  close(probe);
  if (entries.size() <= kMostEntries)
    return;
  bool isLarge = entries.size() > 2 * kMostEntries;
  entries.erase(entries.begin(), entries.end() - kMostEntries);
  if (!isLarge)
    return;
  std::string text;
  for (const std::string &entry : entries)
    text += lineOf(entry) + "\n";
  v4rt::AtomicFile shorter; // if it fails, the long one stays
  if (shorter.create(path).ok() && shorter.writeAt(0, text.data(), text.size()).ok())
    (void)shorter.commit();
}

void History::add(const std::string &line) {
  if (line.empty() || (!entries.empty() && entries.back() == line))
    return;
  entries.push_back(line);
  if (!path.empty())
    std::ofstream(path, std::ios::binary | std::ios::app) << lineOf(line) + "\n";
}

// ---- the terminal ----

namespace {

/// Keys come one by one and unchanged, as long as this lives.
class RawMode {
public:
  RawMode() {
    if (tcgetattr(STDIN_FILENO, &before) != 0)
      throw Failure(std::string("cannot read the settings of the terminal: ") + strerror(errno));
    termios raw = before;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG | IEXTEN);
    raw.c_iflag &= ~static_cast<tcflag_t>(IXON | ICRNL | INLCR);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    writeOutput("\x1b[?2004h"); // pasted text comes between marks
  }
  ~RawMode() {
    static const char kOff[] = "\x1b[?2004l";
    ssize_t ignored = write(STDOUT_FILENO, kOff, sizeof kOff - 1);
    (void)ignored;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
  }

private:
  termios before;
};

/// Where the next character goes when text is printed from the left edge.
struct Place {
  int row = 0, column = 0;
};

class Screen {
public:
  explicit Screen(const std::string &prompt) : prompt(prompt) {}

  void draw(const LineEditor &editor) {
    winsize size = {};
    width = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : 80;
    std::string out = up(cursor.row) + "\r\x1b[J" + prompt, shown;
    Place end, wanted;
    advance(prompt, end);
    const std::string &text = editor.text();
    for (size_t at = 0; at < text.size();) {
      if (at == editor.cursor())
        wanted = end;
      size_t bytes = std::max<size_t>(1, v4rt::text::utf8Sequence(std::string_view(text).substr(at)));
      std::string character = text.substr(at, bytes);
      shown = character == "\n" ? "\u21b5" : character == "\t" ? " " : character;
      advance(shown, end);
      out += shown;
      at += bytes;
    }
    if (editor.cursor() == text.size())
      wanted = end;
    if (end.column == 0 && end.row > 0)
      out += "\r\n"; // terminals wrap with the next character only
    out += up(end.row - wanted.row) + "\r";
    if (wanted.column > 0)
      out += "\x1b[" + std::to_string(wanted.column) + "C";
    cursor = wanted;
    last = end;
    writeOutput(out);
  }

  void clear() {
    writeOutput("\x1b[H\x1b[2J");
    cursor = Place();
  }

  /// Goes below the line.
  void leave() {
    int rows = last.row - cursor.row;
    writeOutput((rows > 0 ? "\x1b[" + std::to_string(rows) + "B" : "") + "\r\n");
  }

private:
  static std::string up(int rows) { return rows > 0 ? "\x1b[" + std::to_string(rows) + "A" : ""; }

  void advance(std::string_view text, Place &place) const {
    while (!text.empty()) {
      size_t bytes = std::max<size_t>(1, v4rt::text::utf8Sequence(text));
      int taken = columns(text.substr(0, bytes));
      if (place.column + taken > width)
        place = {place.row + 1, 0};
      place.column += taken;
      if (place.column == width)
        place = {place.row + 1, 0};
      text.remove_prefix(bytes);
    }
  }

  const std::string &prompt;
  int width = 80;
  Place cursor, last;
};

} // namespace

LineResult editLine(const std::string &prompt, const History &history, std::string &line) {
  RawMode raw;
  LineEditor editor(history.lines());
  Screen screen(prompt);
  screen.draw(editor);
  for (bool isDrawn = true;;) {
    // Of what comes at once, as pasted text does, the end alone is drawn.
    pollfd more = {STDIN_FILENO, POLLIN, 0};
    if (!isDrawn && poll(&more, 1, 0) == 0) {
      screen.draw(editor);
      isDrawn = true;
    }
    char byte = 0;
    ssize_t got = read(STDIN_FILENO, &byte, 1);
    if (got < 0 && errno == EINTR)
      continue;
    LineEditor::Event event = got == 1 ? editor.feed(byte) : LineEditor::Event::end;
    if (event == LineEditor::Event::clearScreen)
      screen.clear();
    if (event == LineEditor::Event::changed || event == LineEditor::Event::clearScreen)
      isDrawn = false;
    if (event < LineEditor::Event::done)
      continue;
    if (!isDrawn)
      screen.draw(editor);
    screen.leave();
    line = editor.text();
    return event == LineEditor::Event::done        ? LineResult::line
           : event == LineEditor::Event::interrupt ? LineResult::interrupt
                                                   : LineResult::end;
  }
}

LineResult readLine(std::string &line) {
  char *text = nullptr;
  size_t capacity = 0;
  ssize_t length = getline(&text, &capacity, stdin);
  line = length > 0 ? std::string(text, static_cast<size_t>(length)) : "";
  free(text);
  if (length <= 0) {
    if (ferror(stdin) && errno != EINTR)
      throw Failure(std::string("cannot read the standard input: ") + strerror(errno));
    return LineResult::end;
  }
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r'))
    line.pop_back();
  return LineResult::line;
}

} // namespace v4run

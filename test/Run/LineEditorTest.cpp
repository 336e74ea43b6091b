#include "tools/v4run/LineEditor.h"

#include "runtime/sampling/Sampler.h"
#include "runtime/text/Utf8.h"

#include <gtest/gtest.h>

namespace v4run {

using Event = LineEditor::Event;

static Event type(LineEditor &editor, const std::string &keys) {
  Event last = Event::none;
  for (char byte : keys)
    last = editor.feed(byte);
  return last;
}

/// The line after `keys`, with | for the cursor.
static std::string edited(const std::string &keys, const std::vector<std::string> &history = {}) {
  LineEditor editor(history);
  type(editor, keys);
  std::string text = editor.text();
  return text.insert(editor.cursor(), "|");
}

TEST(LineEditor, Moves) {
  EXPECT_EQ(edited("abc"), "abc|");
  EXPECT_EQ(edited("abc\x1b[D\x1b[D"), "a|bc");
  EXPECT_EQ(edited("abc\x01x\x05y"), "xabcy|");
  EXPECT_EQ(edited("ab cd ef\x1b"
                   "b\x1b[1;5D"),
            "ab |cd ef");
  EXPECT_EQ(edited("ab cd\x1b[H\x1b"
                   "f"),
            "ab| cd");
  EXPECT_EQ(edited("\x1b[D\x1b[C"), "|");
}

TEST(LineEditor, Erases) {
  EXPECT_EQ(edited("abc\x7f"), "ab|");
  EXPECT_EQ(edited("abc\x1b[H\x1b[3~"), "|bc");
  EXPECT_EQ(edited("ab cd \x17"), "ab |");
  EXPECT_EQ(edited("abc\x1b[D\x0b"), "ab|");
  EXPECT_EQ(edited("abc\x1b[D\x15"), "|c");
  EXPECT_EQ(edited("\x7f\x17\x1b[3~"), "|");
}

TEST(LineEditor, WholeCharacters) {
  EXPECT_EQ(edited("\u00e4\u4f60\U0001f600\x7f\x1b[D"), "\u00e4|\u4f60");
  EXPECT_EQ(edited("a\xff\xfe"
                   "b\xe4\xbd"), // bytes that are no character
            "ab|");
}

TEST(LineEditor, History) {
  std::vector<std::string> history = {"one", "two"};
  EXPECT_EQ(edited("new\x1b[A", history), "two|");
  EXPECT_EQ(edited("new\x1b[A\x1b[A\x1b[A", history), "one|");
  EXPECT_EQ(edited("new\x10!\x0e", history), "new|");
  EXPECT_EQ(edited("new\x10!\x0e\x10", history), "two!|"); // edited lines stay for as long as the line is new
}

TEST(LineEditor, Events) {
  LineEditor editor({});
  EXPECT_EQ(type(editor, "\x04"), Event::end);
  EXPECT_EQ(type(editor, "a\x01\x04"), Event::changed); // deletes
  EXPECT_EQ(editor.text(), "");
  EXPECT_EQ(type(editor, "\x03"), Event::interrupt);
  EXPECT_EQ(type(editor, "\x0c"), Event::clearScreen);
  EXPECT_EQ(type(editor, "a\r"), Event::done);
}

TEST(LineEditor, PastesLines) {
  EXPECT_EQ(edited("\x1b[200~a\rb\x03\x1b[A\tc\x1b[201~\x1b\r!"), "a\nb\tc\n!|");
}

TEST(LineEditor, Columns) {
  EXPECT_EQ(columns("a"), 1);
  EXPECT_EQ(columns("\u00e4"), 1);
  EXPECT_EQ(columns("\u4f60"), 2);
  EXPECT_EQ(columns("\U0001f600"), 2);
  EXPECT_EQ(columns("\u0301"), 0);
}

TEST(LineEditor, HarmlessText) {
  EXPECT_EQ(harmless("a\tb\nc\u00e4\u00a0"), "a\tb\nc\u00e4\u00a0");
  EXPECT_EQ(harmless("\x1b[2J\r\u009b2J\x7f"), "?[2J??2J?");
}

// Whatever is typed, the line is text and the cursor between two characters.
TEST(LineEditor, AnyKeys) {
  v4rt::Random random(3);
  const char *const keys[] = {"\x1b[A", "\x1b[B",    "\x1b[C",    "\x1b[D",
                              "\u4f60", "\x1b[200~", "\x1b[201~", "\x1b[H"};
  for (int round = 0; round < 300; ++round) {
    LineEditor editor({"old", "older \u00e4"});
    for (int i = 0; i < 100; ++i) {
      if (random.next() % 2)
        type(editor, keys[random.next() % std::size(keys)]);
      else
        editor.feed(char(random.next()));
      std::string_view text = editor.text();
      ASSERT_LE(editor.cursor(), text.size());
      ASSERT_EQ(v4rt::text::utf8Prefix(text), text.size());
      ASSERT_EQ(v4rt::text::utf8Prefix(text.substr(0, editor.cursor())), editor.cursor());
    }
  }
}

} // namespace v4run

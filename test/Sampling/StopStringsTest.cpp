#include "runtime/sampling/StopStrings.h"

#include "runtime/sampling/Sampler.h"

#include <gtest/gtest.h>

namespace v4rt {

struct Stopped {
  std::string text;
  bool found;
  bool operator==(const Stopped &other) const { return text == other.text && found == other.found; }
};

/// Fed in pieces of `piece` bytes. Nothing given out is taken back, so it must be right at once.
static Stopped cut(const std::vector<std::string> &strings, const std::string &text, size_t piece) {
  StopStrings stops(strings);
  std::string out;
  for (size_t at = 0; at < text.size(); at += piece)
    if (stops.push(std::string_view(text).substr(at, piece), out))
      return {out, true};
  stops.finish(out);
  return {out, false};
}

/// Of the ends of stop strings in the text the first, of those that end there the longest.
static Stopped plainCut(const std::vector<std::string> &strings, const std::string &text) {
  for (size_t end = 1; end <= text.size(); ++end) {
    size_t longest = 0;
    for (const std::string &string : strings)
      if (end >= string.size() && text.compare(end - string.size(), string.size(), string) == 0)
        longest = std::max(longest, string.size());
    if (longest)
      return {text.substr(0, end - longest), true};
  }
  return {text, false};
}

TEST(StopStrings, Examples) {
  EXPECT_EQ(cut({"END"}, "the END of", 1), (Stopped{"the ", true}));
  EXPECT_EQ(cut({"END"}, "the EN", 2), (Stopped{"the EN", false}));
  EXPECT_EQ(cut({"aab"}, "aaab", 1), (Stopped{"a", true}));
  EXPECT_EQ(cut({"abcd", "bc"}, "abcd", 4), (Stopped{"a", true}));
  EXPECT_EQ(cut({"c", "abc"}, "xabc", 1), (Stopped{"x", true}));
  EXPECT_EQ(cut({}, "anything", 3), (Stopped{"anything", false}));
}

// As soon as a byte cannot be part of a stop string it is given out.
TEST(StopStrings, HoldsNoMoreThanItMust) {
  StopStrings stops({"stop"});
  std::string out;
  EXPECT_FALSE(stops.push("a st", out));
  EXPECT_EQ(out, "a ");
  EXPECT_FALSE(stops.push("ay sto", out));
  EXPECT_EQ(out, "a stay ");
  EXPECT_TRUE(stops.push("p and more", out));
  EXPECT_EQ(out, "a stay ");
}

TEST(StopStrings, AnyTextInAnyPieces) {
  Random random(7);
  auto letters = [&](size_t count) {
    std::string text;
    while (text.size() < count)
      text += char('a' + random.next() % 3);
    return text;
  };
  for (int round = 0; round < 5000; ++round) {
    std::vector<std::string> strings;
    for (size_t count = random.next() % 4; count > 0; --count)
      strings.push_back(letters(1 + random.next() % 5));
    std::string text = letters(random.next() % 30);
    Stopped wanted = plainCut(strings, text);
    for (size_t piece : {1, 2, 3, 7, 100})
      EXPECT_EQ(cut(strings, text, piece), wanted) << text;
  }
}

} // namespace v4rt

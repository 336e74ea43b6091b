// The categories of characters are those of Hugging Face's regex engine, Unicode 16, whichever PCRE2 has.
#include "runtime/text/Pretokenizer.h"
#include "runtime/text/Utf8.h"

#include <gtest/gtest.h>

using namespace v4rt::text;

namespace {

struct Words final : Pretokenizer::Sink {
  std::vector<std::string_view> words;
  void word(std::string_view word) override { words.push_back(word); }
};

using Strings = std::vector<std::string>;

Strings split(const Strings &patterns, Pretokenizer::Kind kind, const std::string &text) {
  Pretokenizer pretokenizer;
  for (const std::string &pattern : patterns)
    EXPECT_TRUE(pretokenizer.add(pattern, kind).ok()) << pattern;
  Pretokenizer::Matcher matcher(pretokenizer);
  Words sink;
  EXPECT_TRUE(pretokenizer.split(text, matcher, sink).ok());
  return {sink.words.begin(), sink.words.end()};
}

// Of tools/regex-unicode.py --categories.
constexpr struct {
  const char *name;
  size_t count;
} kCategories[] = {{"Lu", 1858}, {"Ll", 2258}, {"Lt", 31},  {"Lm", 404},    {"Lo", 136477}, {"Mn", 2020},
                   {"Mc", 468},  {"Me", 13},   {"Nd", 760}, {"Nl", 236},    {"No", 915},    {"Pc", 10},
                   {"Pd", 27},   {"Ps", 79},   {"Pe", 77},  {"Pi", 12},     {"Pf", 10},     {"Po", 640},
                   {"Sm", 950},  {"Sc", 63},   {"Sk", 125}, {"So", 7376},   {"Zs", 17},     {"Zl", 1},
                   {"Zp", 1},    {"Cc", 65},   {"Cf", 170}, {"Co", 137468}, {"Cn", 819533}};
constexpr uint64_t kHash = 0x6d5006d9ea0960d4;

TEST(Unicode, CategoryOfEveryCharacter) {
  // A character of category n, counted from 1, takes n of the letters behind it into its word.
  const std::string letters = "abcdefghijklmnopqrstuvwxyzABC\n";
  std::string pattern;
  std::vector<size_t> counts;
  for (auto &category : kCategories) {
    counts.push_back(0);
    pattern += std::string(pattern.empty() ? "" : "|") + "\\p{" + category.name + "}" +
               letters.substr(0, counts.size());
  }
  Pretokenizer pretokenizer;
  ASSERT_TRUE(pretokenizer.add(pattern, Pretokenizer::Kind::regex).ok());
  Pretokenizer::Matcher matcher(pretokenizer);
  uint64_t hash = 0xcbf29ce484222325;
  for (uint32_t block = 0; block < 0x110000; block += 0x800) {
    if (block == 0xd800) // surrogates
      continue;
    std::string text;
    std::vector<size_t> ends;
    for (uint32_t code = block; code < block + 0x800; ++code) {
      appendUtf8(code, text);
      ends.push_back(text.size());
      text += letters;
    }
    Words sink;
    ASSERT_TRUE(pretokenizer.split(text, matcher, sink).ok());
    size_t next = 0;
    for (std::string_view word : sink.words) {
      size_t end = word.data() + word.size() - text.data();
      if (next == ends.size() || end <= ends[next])
        continue;
      size_t category = end - ends[next] - 1;
      ASSERT_LT(category, counts.size()) << "U+" << std::hex << block + next;
      ++counts[category];
      hash = (hash ^ category) * 0x100000001b3;
      ++next;
    }
    ASSERT_EQ(next, ends.size()) << "in the block of U+" << std::hex << block;
  }
  for (size_t i = 0; i < counts.size(); ++i)
    EXPECT_EQ(counts[i], kCategories[i].count) << kCategories[i].name;
  EXPECT_EQ(hash, kHash);
}

// The published patterns; the words are those of Hugging Face's tokenizers.
TEST(Unicode, NewerCharactersInPublishedPatterns) {
  const Strings patterns = {
      "\\p{N}{1,3}", "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+",
      R"re([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+)re"
      "|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+"};
  for (const Strings &words : {Strings{"x\U0002ebf0\U000323af", "!"},
                               {"\U0001ccf0\U0001ccf12", "\U00016130\U000116e3"},
                               {" \U0001fadf\U0001f6dc\n"},
                               {"a\U00011f00\U0001e08fb"},
                               {"\U00010d50\U00010d70", "\U000113d4?", "\u1c89\u1c8a"},
                               {"\u2ffc", "\u4f60", "\u31ef", "\u597d"},
                               {"\U00011f43\U00011f44\r\n", "q", " \U0001611e"},
                               {"\U0001171e\u0897z"}}) {
    std::string text;
    for (const std::string &word : words)
      text += word;
    EXPECT_EQ(split(patterns, Pretokenizer::Kind::regex, text), words);
  }
}

// Words are of the text itself, not of the stand-ins; what is no expression sees the text.
TEST(Unicode, WordsKeepTheirCharacters) {
  std::string newer = "\U0002ebf0", digit = "\U0001ccf0", emoji = "\U0001fadf";
  EXPECT_EQ(split({"\\p{L}+"}, Pretokenizer::Kind::regex, "1" + newer + "x" + digit + newer),
            (Strings{"1", newer + "x", digit, newer}));
  EXPECT_EQ(split({emoji}, Pretokenizer::Kind::literal, "a" + emoji + "b\U00010137"),
            (Strings{"a", emoji, "b\U00010137"}));
}

std::string refusal(const std::string &pattern) {
  Pretokenizer pretokenizer;
  std::string text = pretokenizer.add(pattern, Pretokenizer::Kind::regex).text();
  size_t has = text.find(" has ");
  return has == text.npos ? text : text.substr(has + 5, text.rfind(',') - has - 5);
}

TEST(Unicode, PatternsThatWouldMeetStandIns) {
  const char *newer = "a character that is newer than Unicode 14, or a range that ends among such,";
  for (const char *pattern :
       {"\U0002ebf0", "[a\U00010000]", "[\U00020000-\U0002ec00]", "[!-\ua7cc]", "[\\!-\ua7cc]"})
    EXPECT_EQ(refusal(pattern), newer) << pattern;
  for (const char *pattern : {"[\u4e00-\u9fa5\u3040-\u309f]+", "[^!-\U0010ffff]", "[\\!-\U0010ffff]",
                              "[!\\-\ua7d0]", "[\\p{L}\ua7d0]", "[-\ua7d0a-]"})
    EXPECT_EQ(refusal(pattern), "") << pattern;
  EXPECT_EQ(refusal("\\p{Han}"), "a property that is no general category");
  EXPECT_EQ(refusal("a{,3}"), "a {,");
  EXPECT_EQ(refusal("\\p"), "a property that is no general category");
  EXPECT_EQ(refusal("[a-\\s]"), "a range that ends in a set");
  EXPECT_EQ(refusal(std::string("\\\0", 2)), "a \\ before a character that needs none");
}

} // namespace

#include "runtime/text/Tokenizer.h"
#include "test/Support/Scratch.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <random>

using namespace v4rt::text;
using v4test::data;

namespace {

const Tokenizer &tiny() {
  static const std::unique_ptr<Tokenizer> tokenizer = [] {
    std::unique_ptr<Tokenizer> made;
    v4rt::Status status = Tokenizer::load(data("tiny-chat-fp8fp4/tokenizer.json"), made);
    EXPECT_TRUE(status.ok()) << status.text();
    return made;
  }();
  return *tokenizer;
}

std::vector<uint64_t> encode(const Tokenizer &tokenizer, std::string_view text,
                             AddedTokens added = AddedTokens::match) {
  Encoder encoder(tokenizer);
  std::vector<uint32_t> ids;
  EXPECT_TRUE(encoder.encode(text, ids, added).ok());
  return {ids.begin(), ids.end()};
}

std::string decode(const Tokenizer &tokenizer, const std::vector<uint64_t> &ids,
                   Tokenizer::Special special = Tokenizer::Special::keep) {
  std::string text;
  EXPECT_TRUE(tokenizer.decode(ids, text, special).ok());
  return text;
}

void checkCases(const Tokenizer &tokenizer, const std::string &path) {
  auto cases = nlohmann::json::parse(v4test::readFile(path))["cases"];
  ASSERT_FALSE(cases.empty());
  for (auto &one : cases) {
    std::string text = one["text"];
    auto ids = encode(tokenizer, text);
    EXPECT_EQ(one["ids"].get<std::vector<uint64_t>>(), ids) << text;
    EXPECT_EQ(one["decoded"].get<std::string>(), decode(tokenizer, ids));
    if (one.contains("decoded_without_special"))
      EXPECT_EQ(one["decoded_without_special"].get<std::string>(),
                decode(tokenizer, ids, Tokenizer::Special::skip));
  }
}

TEST(Tokenizer, Goldens) { checkCases(tiny(), data("tiny-chat-fp8fp4/goldens/tokenizer.json")); }

// The published tokenizer.json is not part of this repository: V4_TOKENIZER says where it is.
TEST(Tokenizer, PublishedCases) {
  const char *path = getenv("V4_TOKENIZER");
  if (!path)
    GTEST_SKIP() << "V4_TOKENIZER does not name the published tokenizer.json";
  std::unique_ptr<Tokenizer> tokenizer;
  v4rt::Status status = Tokenizer::load(path, tokenizer);
  ASSERT_TRUE(status.ok()) << status.text();
  checkCases(*tokenizer, data("published_tokenizer_cases.json"));
  EXPECT_EQ(encode(*tokenizer, "  x = 12345;\n\n"),
            (std::vector<uint64_t>{223, 1527, 438, 223, 6895, 1883, 1048}));
}

TEST(Tokenizer, AddedTokensOnlyWhereWanted) {
  auto think = tiny().addedToken("<think>");
  ASSERT_TRUE(think);
  EXPECT_FALSE(tiny().addedToken("<think"));
  EXPECT_EQ(encode(tiny(), "<think>"), std::vector<uint64_t>{*think});
  std::string text = "a<think>b<｜User｜></think>";
  for (uint64_t id : encode(tiny(), text, AddedTokens::ignore))
    EXPECT_FALSE(tiny().isAdded(id)) << id;
  EXPECT_EQ(decode(tiny(), encode(tiny(), text, AddedTokens::ignore)), text);
}

TEST(Tokenizer, EmptyText) { EXPECT_TRUE(encode(tiny(), "").empty()); }

TEST(Tokenizer, AnyBytesComeBack) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (unsigned length = random() % 200; length; --length)
      text +=
          round % 2 ? char(random()) : "\xe2\x82\xac\xf0\x9f\x98\x80 a1\n<\xed\xa0\x80\xc0"[random() % 17];
    for (AddedTokens added : {AddedTokens::match, AddedTokens::ignore})
      EXPECT_EQ(decode(tiny(), encode(tiny(), text, added)), text);
  }
}

// Words too long for the pairwise scan, and for the cache.
TEST(Tokenizer, LongWords) {
  for (const char *part : {"a", "the", " ", "\n", "\u4f60", "!"}) {
    std::string text;
    while (text.size() < 300000)
      text += part;
    EXPECT_EQ(decode(tiny(), encode(tiny(), text)), text);
  }
}

// The queue and the scan merge alike: a word is encoded the same from either side of the border.
TEST(Bpe, QueueEqualsScan) {
  std::array<uint32_t, 256> bytes;
  for (unsigned i = 0; i < 256; ++i)
    bytes[i] = i;
  std::mt19937 random(3);
  std::vector<Merge> merges;
  for (uint32_t left = 'a'; left < 'd'; ++left)
    for (uint32_t right = 'a'; right < 'd'; ++right)
      merges.push_back({left, right, uint32_t(256 + merges.size())});
  for (uint32_t i = 0; i < 9; ++i)
    merges.push_back({256 + i, 256 + (i * 4 + 1) % 9, 300 + i});
  std::shuffle(merges.begin(), merges.end(), random);
  Bpe bpe;
  bpe.build(bytes, merges);
  auto naive = [&](std::string_view word) {
    std::vector<uint32_t> ids(word.begin(), word.end());
    for (;;) {
      size_t best = merges.size(), at = 0;
      for (size_t i = 0; i + 1 < ids.size(); ++i)
        for (size_t rank = 0; rank < best; ++rank)
          if (merges[rank].left == ids[i] && merges[rank].right == ids[i + 1])
            best = rank, at = i;
      if (best == merges.size())
        return ids;
      ids[at] = merges[best].result;
      ids.erase(ids.begin() + at + 1);
    }
  };
  Bpe::Scratch scratch;
  for (size_t length = 1; length < 120; ++length) {
    std::string word;
    for (size_t i = 0; i < length; ++i)
      word += char('a' + random() % 4);
    std::vector<uint32_t> ids;
    bpe.encode(word, scratch, ids);
    EXPECT_EQ(ids, naive(word)) << word;
  }
}

TEST(StreamingDecoder, NeverHalfACharacter) {
  std::string text = "x\u00e9\u4f60\U0001f600\U0001f469\u200d\U0001f680 y", whole;
  StreamingDecoder decoder(tiny());
  for (uint64_t id : encode(tiny(), text)) {
    std::string part;
    ASSERT_TRUE(decoder.push(id, part).ok());
    EXPECT_TRUE(part.empty() || (part[0] & 0xc0) != 0x80);
    whole += part;
  }
  EXPECT_EQ(whole, text);
  decoder.flush(whole);
  EXPECT_EQ(whole, text);
}

TEST(StreamingDecoder, PassesOnWhatIsNoText) {
  std::string text = "\x80\xff\xe2\x82z\xf0\x9f", whole;
  StreamingDecoder decoder(tiny());
  for (uint64_t id : encode(tiny(), text))
    ASSERT_TRUE(decoder.push(id, whole).ok());
  EXPECT_EQ(whole, text.substr(0, 5));
  decoder.flush(whole);
  EXPECT_EQ(whole, text);
}

TEST(Tokenizer, UnknownIds) {
  std::string text;
  EXPECT_EQ(tiny().decode({1u << 30}, text).text(), "the tokenizer has no token 1073741824");
  EXPECT_FALSE(StreamingDecoder(tiny()).push(~uint64_t(0), text).ok());
}

} // namespace

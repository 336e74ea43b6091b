// Files that are refused, each with one sentence.
#include "runtime/text/Tokenizer.h"
#include "test/Text/SmallTokenizer.h"

#include <gtest/gtest.h>

using namespace v4rt::text;
using nlohmann::json;
using v4test::smallTokenizer;

namespace {

std::string refused(const std::string &text) {
  std::unique_ptr<Tokenizer> tokenizer;
  v4rt::Status status = Tokenizer::parse(text, "t.json", tokenizer);
  EXPECT_FALSE(tokenizer);
  return status.text();
}

std::string refused(const char *path, const json &value) {
  json file = smallTokenizer();
  file[json::json_pointer(path)] = value;
  return refused(file.dump());
}

TEST(TokenizerJson, SmallOneIsFine) {
  std::unique_ptr<Tokenizer> tokenizer;
  v4rt::Status status = Tokenizer::parse(smallTokenizer().dump(), "t.json", tokenizer);
  ASSERT_TRUE(status.ok()) << status.text();
  std::vector<uint32_t> ids;
  ASSERT_TRUE(Encoder(*tokenizer).encode("ab<x>a b", ids).ok());
  EXPECT_EQ(ids, (std::vector<uint32_t>{256, 300, 'a', ' ', 'b'}));
  EXPECT_FALSE(tokenizer->contains(299));
}

TEST(TokenizerJson, NotJson) {
  EXPECT_EQ(refused("{\"a\": "), "t.json is not valid JSON at byte 7");
  EXPECT_EQ(refused("[]"), "t.json is no JSON object");
  EXPECT_EQ(refused("{\"a\":1,\"a\":2}"), "t.json has the key 'a' twice in one object");
}

TEST(TokenizerJson, OtherKinds) {
  EXPECT_EQ(refused("/model/type", "Unigram"), "t.json has a model of type 'Unigram', wanted BPE");
  EXPECT_EQ(refused("/normalizer", {{"type", "NFC"}}), "t.json has a normalizer of type 'NFC', wanted none");
  EXPECT_EQ(refused("/pre_tokenizer", {{"type", "Whitespace"}}),
            "t.json has 'Whitespace' as pre-tokenizer 1 of 1, wanted ByteLevel");
  EXPECT_EQ(refused("/pre_tokenizer/pretokenizers/0/behavior", "Removed"),
            "t.json has a Split pre-tokenizer whose behavior is not 'Isolated'");
  EXPECT_EQ(refused("/decoder/type", "WordPiece"),
            "t.json has a decoder of type 'WordPiece', wanted ByteLevel");
  EXPECT_EQ(refused("/model/dropout", 0.1), "t.json has a model with 'dropout', wanted none");
  EXPECT_EQ(refused("/added_tokens/0/lstrip", true),
            "t.json has the added token '<x>' with 'lstrip', wanted false");
}

TEST(TokenizerJson, Patterns) {
  const char *path = "/pre_tokenizer/pretokenizers/0/pattern/Regex";
  EXPECT_EQ(refused(path, "\\w+"), "t.json: split pattern '\\w+' has \\w, which is not supported");
  EXPECT_EQ(refused(path, "a|."), "t.json: split pattern 'a|.' has ., which is not supported");
  EXPECT_EQ(refused(path, "(?<=a)b"),
            "t.json: split pattern '(?<=a)b' has a group of the kind (?<, which is not supported");
  EXPECT_EQ(refused(path, "[a"),
            "t.json: split pattern '[a' has a class without its ], which is not supported");
  EXPECT_EQ(refused(path, "a*"), "t.json: split pattern 'a*' can match nothing at all");
  EXPECT_NE(refused(path, "a)").find("is not valid"), std::string::npos);
}

TEST(TokenizerJson, Vocabulary) {
  EXPECT_EQ(refused("/model/vocab/zz", 256),
            "t.json gives id 256 to two tokens of the vocabulary, one is 'zz'");
  EXPECT_EQ(refused("/model/vocab/zz", -1),
            "t.json gives token 'zz' an id that is no integer from 0 to 4194303");
  json file = smallTokenizer();
  file["model"]["vocab"].erase("a");
  EXPECT_EQ(refused(file.dump()), "t.json has no token for the byte 97");
}

TEST(TokenizerJson, Merges) {
  EXPECT_EQ(refused("/model/merges/1", "a c"),
            "t.json has a merge 1 with 'ac', which is not in the vocabulary");
  EXPECT_EQ(refused("/model/merges/1", "abc"), "t.json has a merge 1 that is no pair of tokens");
  EXPECT_EQ(refused("/model/merges/1", json{"a", "b"}), "t.json merges 'a' and 'b' twice");
}

TEST(TokenizerJson, AddedTokens) {
  EXPECT_EQ(refused("/added_tokens/0/id", 256),
            "t.json gives the added token '<x>' the id 256, which the vocabulary does not");
  EXPECT_EQ(refused("/added_tokens/0/content", ""), "t.json has an added token 300 without any text");
  EXPECT_EQ(refused("/added_tokens/1", smallTokenizer()["added_tokens"][0]),
            "t.json has the added token '<x>' twice");
  EXPECT_EQ(refused("/added_tokens/0", {{"id", 256}, {"content", "ab"}}),
            "t.json has a merge 0 that makes the added token 'ab'");
}

} // namespace

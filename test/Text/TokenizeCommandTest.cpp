#include "test/Runtime/ToyArtifact.h"
#include "test/Support/Process.h"
#include "test/Support/Scratch.h"

#include <gtest/gtest.h>

namespace v4test {
namespace {

struct TokenizeCommand : testing::Test {
  std::string folder = scratchFolder("tokenize"), input = folder + "/input";
  std::string tokenizer = data("tiny-chat-fp8fp4/tokenizer.json");

  Finished tokenize(const std::string &bytes, const std::vector<std::string> &more = {}) {
    writeFile(input, bytes);
    std::vector<std::string> command{binary("v4run"), "tokenize", tokenizer, "--file", input};
    command.insert(command.end(), more.begin(), more.end());
    return run(command);
  }
};

TEST_F(TokenizeCommand, ThereAndBack) {
  EXPECT_EQ(tokenize("Hello, world!").out, "[3868,14,1127,3]\n");
  EXPECT_EQ(tokenize("[3868,14,1127,3]", {"--decode"}).out, "Hello, world!");
  EXPECT_EQ(tokenize("").out, "[]\n");
  EXPECT_EQ(tokenize("[]", {"--decode"}).out, "");
}

TEST_F(TokenizeCommand, ControlTokens) {
  EXPECT_EQ(tokenize("<\uff5cend\u2581of\u2581sentence\uff5c>").out, "[1]\n");
  EXPECT_NE(tokenize("<\uff5cend\u2581of\u2581sentence\uff5c>", {"--no-control-tokens"}).out, "[1]\n");
}

TEST_F(TokenizeCommand, Timing) {
  Finished finished = tokenize("Hello, world!", {"--timing"});
  EXPECT_EQ(finished.out, "[3868,14,1127,3]\n");
  EXPECT_EQ(finished.err.find("13 bytes, 4 tokens, 0."), 0u) << finished.err;
}

TEST_F(TokenizeCommand, TokenizerOfAnArtifact) {
  ManifestSpec manifest = toyManifest();
  manifest.tokenizer = readFile(tokenizer);
  tokenizer = folder + "/model.v4";
  ASSERT_TRUE(writeArtifact(tokenizer, manifest).ok());
  EXPECT_EQ(tokenize("Hello, world!").out, "[3868,14,1127,3]\n");
}

TEST_F(TokenizeCommand, Refusals) {
  EXPECT_EQ(tokenize("{}", {"--decode"}).err, "v4run: error: the ids to decode are no JSON array\n");
  EXPECT_EQ(tokenize("[3,-1]", {"--decode"}).err,
            "v4run: error: value 1 of the ids to decode is no token id\n");
  EXPECT_EQ(tokenize("[99999]", {"--decode"}).err, "v4run: error: the tokenizer has no token 99999\n");
  EXPECT_EQ(tokenize("[]", {"--decode", "--no-control-tokens"}).exitCode, 2);
  EXPECT_EQ(tokenize("[]", {"--decode", "--timing"}).exitCode, 2);
  tokenizer = folder + "/model.v4";
  writeFile(tokenizer, "V4ART\r\n\x1a and more");
  Finished finished = tokenize("a");
  EXPECT_EQ(finished.exitCode, 1);
  EXPECT_NE(finished.err.find("model.v4 is not an artifact"), std::string::npos) << finished.err;
  ASSERT_TRUE(writeArtifact(tokenizer, toyManifest()).ok());
  EXPECT_NE(tokenize("a").err.find("model.v4 has no tokenizer"), std::string::npos);
  tokenizer = folder + "/nowhere.json";
  EXPECT_NE(tokenize("a").err.find("nowhere.json"), std::string::npos);
}

} // namespace
} // namespace v4test

#include "tools/v4run/Tokens.h"

#include "tools/v4run/Failure.h"

#include <gtest/gtest.h>

namespace v4run {

static std::string refusal(const std::string &text) {
  try {
    parseTokens(text, "t.json", 100);
  } catch (const Failure &failure) {
    return failure.what();
  }
  return "";
}

TEST(Tokens, Sequence) {
  Tokens tokens = parseTokens(" [0, 99, 5]\n", "t.json", 100);
  EXPECT_FALSE(tokens.isBatch);
  ASSERT_EQ(tokens.sequences.size(), 1u);
  EXPECT_EQ(tokens.sequences[0], std::vector<int32_t>({0, 99, 5}));
}

TEST(Tokens, Batch) {
  Tokens tokens = parseTokens("[[1], [2, 3]]", "t.json", 100);
  EXPECT_TRUE(tokens.isBatch);
  ASSERT_EQ(tokens.sequences.size(), 2u);
  EXPECT_EQ(tokens.sequences[1], std::vector<int32_t>({2, 3}));
  EXPECT_TRUE(parseTokens("[[1]]", "t.json", 100).isBatch);
}

TEST(Tokens, Refusals) {
  EXPECT_EQ(refusal("[1,"), "t.json is not JSON: error at byte 4");
  EXPECT_EQ(refusal("{}"), "t.json has {}, wanted an array of token ids or of such arrays");
  EXPECT_EQ(refusal("[]"), "t.json has no tokens, wanted at least one");
  EXPECT_EQ(refusal("[[1], []]"), "t.json: sequence 1 has no tokens, wanted at least one");
  EXPECT_EQ(refusal("[1, 2.5]"), "t.json: element 1 is 2.5, wanted a token id");
  EXPECT_EQ(refusal("[1, [2]]"), "t.json: element 1 is [2], wanted a token id");
  EXPECT_EQ(refusal("[[1], 2]"), "t.json: sequence 1 is 2, wanted an array of token ids as before it");
  EXPECT_EQ(refusal("[[[1]]]"), "t.json: sequence 0: element 0 is [1], wanted a token id");
  EXPECT_EQ(refusal("[100]"), "t.json: element 0 is 100, but the vocabulary has the ids 0 to 99");
  EXPECT_EQ(refusal("[-1]"), "t.json: element 0 is -1, but the vocabulary has the ids 0 to 99");
  EXPECT_NE(refusal("[99999999999999999999]"), "");
  EXPECT_NE(refusal("[1e999]"), "");
  EXPECT_NE(refusal("[true]"), "");
  EXPECT_NE(refusal("[\"\xff\"]"), "");
  EXPECT_NE(refusal(std::string(100000, '[')), "");
}

} // namespace v4run

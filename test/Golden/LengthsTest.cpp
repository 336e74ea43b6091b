// Sequences of every interesting length, up to the end of the context and one beyond.
#include "test/Golden/Model.h"
#include "test/Support/Scratch.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace v4test {

constexpr int kLongest = 5000;

static const std::vector<std::string> kContext = {"--max-context", std::to_string(kLongest)};

static std::vector<int> drawnTokens(int count, int vocabulary) {
  std::mt19937 random(7);
  std::vector<int> ids(static_cast<size_t>(count));
  for (int &id : ids)
    id = static_cast<int>(random() % static_cast<unsigned>(vocabulary));
  return ids;
}

using Case = std::pair<Profile, int>; // and its vocabulary

class Lengths : public testing::TestWithParam<Case> {};

// The logits of a prefix are those of the whole, bit for bit.
TEST_P(Lengths, PrefixesOfTheLongest) {
  auto [profile, vocabulary] = GetParam();
  std::string artifact = profile.artifact(kContext);
  std::vector<int> ids = drawnTokens(kLongest, vocabulary);
  TensorFile whole = eval(artifact, ids);
  ASSERT_TRUE(whole.count("logits"));
  const Tensor &longest = whole.at("logits");
  ASSERT_EQ(longest.rows(), kLongest);
  for (double value : longest.values)
    ASSERT_TRUE(std::isfinite(value));
  for (int length : {1, 2, 3, 4, 5, 127, 128, 129, 255, 256, 257, 1000}) {
    TensorFile prefix = eval(artifact, {ids.begin(), ids.begin() + length});
    ASSERT_TRUE(prefix.count("logits")) << length;
    const Tensor &logits = prefix.at("logits");
    ASSERT_EQ(logits.rows(), length);
    EXPECT_TRUE(std::equal(logits.values.begin(), logits.values.end(), longest.values.begin())) << length;
  }
}

TEST_P(Lengths, BeyondTheContext) {
  auto [profile, vocabulary] = GetParam();
  std::string artifact = profile.artifact(kContext);
  ASSERT_FALSE(artifact.empty());
  std::string folder = scratchFolder("beyond");
  writeFile(folder + "/tokens.json", tokensJson(drawnTokens(kLongest + 1, vocabulary)));
  Finished finished = run({binary("v4run"), "eval", artifact, "--tokens", folder + "/tokens.json", "--logits",
                           folder + "/logits.safetensors"});
  EXPECT_GT(finished.exitCode, 0);
  EXPECT_LT(finished.exitCode, 126) << "must not crash";
  EXPECT_NE(finished.err.find(std::to_string(kLongest)), std::string::npos)
      << "must name the limit: " << finished.err;
  EXPECT_FALSE(exists(folder + "/logits.safetensors"));
}

INSTANTIATE_TEST_SUITE_P(Fixtures, Lengths,
                         testing::Values(Case({"micro-f32", "hf"}, 257), Case({"micro-odd", "hf"}, 211),
                                         Case({"micro-fp8fp4", "reference"}, 320)),
                         [](const testing::TestParamInfo<Case> &info) {
                           return identifier(info.param.first.name());
                         });

} // namespace v4test

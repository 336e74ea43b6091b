#include "test/Run/ToyRun.h"

#include <nlohmann/json.hpp>
#include <sstream>

namespace v4test {

namespace {

using nlohmann::json;

class GenerateCommand : public ToyRun {
protected:
  json answer(const std::vector<int> &prompt, std::vector<std::string> options) {
    options.push_back("--json");
    Finished finished = generate(prompt, options);
    EXPECT_EQ(finished.exitCode, 0) << finished.err;
    return json::parse(finished.out, nullptr, /*allow_exceptions=*/false);
  }
};

/// The likeliest tokens, up to `count` or to the end of the context.
std::vector<int> greedy(std::vector<int> tokens, size_t count) {
  std::vector<int> generated;
  while (generated.size() < count && tokens.size() <= kMaxContext) {
    std::vector<float> logits = expectedLogits(tokens);
    int next = int(std::max_element(logits.begin(), logits.end()) - logits.begin());
    generated.push_back(next);
    tokens.push_back(next);
  }
  return generated;
}

TEST_F(GenerateCommand, Greedy) {
  std::vector<int> prompt = toyTokens(9);
  json result = answer(prompt, {"--max-tokens", "12", "--ignore-eos"});
  ASSERT_TRUE(result.is_object());
  EXPECT_EQ(result["tokens"].get<std::vector<int>>(), greedy(prompt, 12));
  EXPECT_EQ(result["prompt_tokens"], 9);
  EXPECT_EQ(result["finish_reason"], "length");
  for (const char *key : {"load_ms", "prefill_ms", "decode_ms", "prefill_tokens_per_s", "tokens_per_s"})
    EXPECT_TRUE(result["timings"].contains(key)) << key;
}

TEST_F(GenerateCommand, Text) {
  std::vector<int> prompt = toyTokens(5);
  Finished finished = generate(prompt, {"--max-tokens", "6", "--ignore-eos"});
  ASSERT_EQ(finished.exitCode, 0) << finished.err;
  std::ostringstream wanted;
  for (int id : greedy(prompt, 6))
    wanted << (wanted.str().empty() ? "" : " ") << id;
  EXPECT_EQ(finished.out, wanted.str() + "\n");
  EXPECT_EQ(finished.err, "");
}

// An end token that the model will say: the one after the first.
TEST_F(GenerateCommand, StopsBeforeTheEndToken) {
  std::vector<int> prompt = toyTokens(9), wanted = greedy(prompt, 8);
  ManifestSpec manifest = toyManifest();
  manifest.eos = wanted.back();
  ASSERT_TRUE(writeArtifact(artifact, manifest).ok());
  wanted.erase(std::find(wanted.begin(), wanted.end(), manifest.eos), wanted.end());
  json result = answer(prompt, {"--max-tokens", "8"});
  EXPECT_EQ(result["tokens"].get<std::vector<int>>(), wanted);
  EXPECT_EQ(result["finish_reason"], "stop");
}

TEST_F(GenerateCommand, EndOfTheContext) {
  std::vector<int> prompt = toyTokens(kMaxContext - 2);
  json result = answer(prompt, {"--max-tokens", "50", "--ignore-eos"});
  EXPECT_EQ(result["tokens"].get<std::vector<int>>(), greedy(prompt, 3)); // the last one is not fed
  EXPECT_EQ(result["finish_reason"], "context");
}

TEST_F(GenerateCommand, SameSeedSameTokens) {
  std::vector<std::string> options = {"--max-tokens", "25",  "--ignore-eos", "--temperature", "5",
                                      "--top-p",      "0.9", "--seed"};
  auto tokens = [&](const char *seed) {
    std::vector<std::string> all = options;
    all.push_back(seed);
    return answer(toyTokens(3), all)["tokens"];
  };
  EXPECT_EQ(tokens("4"), tokens("4"));
  EXPECT_NE(tokens("4"), tokens("5"));
}

TEST_F(GenerateCommand, Refusals) {
  expectRefusal(generate({1}, {}), 2, "--max-tokens is missing");
  expectRefusal(generate({1}, {"--max-tokens", "0"}), 2, "--max-tokens");
  expectRefusal(generate({1}, {"--max-tokens", "1", "--top-p", "1.5"}), 2, "--top-p");
  expectRefusal(generate({1}, {"--max-tokens", "1", "--temperature", "-1"}), 2, "--temperature");
  expectRefusal(generate({1}, {"--max-tokens", "1", "--seed", "x"}), 2, "--seed");
  expectRefusal(generate(toyTokens(kMaxContext + 1), {"--max-tokens", "1"}), 1, "max context of 40");
  writeFile(folder + "/two.json", "[[1], [2]]");
  expectRefusal(v4run({"generate", artifact, "--tokens", folder + "/two.json", "--max-tokens", "1"}), 1,
                "has 2 sequences");
}

} // namespace
} // namespace v4test

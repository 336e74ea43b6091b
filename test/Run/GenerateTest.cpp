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

TEST_F(GenerateCommand, NoDriver) {
  ASSERT_TRUE(writeArtifact(artifact, gpuToyManifest()).ok());
  setenv("V4_LIBCUDA", "libcuda-that-is-not-there.so", 1);
  Finished finished = generate({1, 2}, {"--device", "cuda"});
  unsetenv("V4_LIBCUDA");
  expectRefusal(finished, 1, "no NVIDIA driver: libcuda-that-is-not-there.so was not found");
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

// Without --max-tokens.
TEST_F(GenerateCommand, AsLongAsTheContext) {
  json result = answer(toyTokens(3), {"--ignore-eos"});
  EXPECT_EQ(result["completion_tokens"], kMaxContext - 2);
  EXPECT_EQ(result["finish_reason"], "context");
}

// Every way to look at the logits, on top of each other.
TEST_F(GenerateCommand, SamplingOptions) {
  std::vector<int> wanted = greedy(toyTokens(9), 1);
  std::string first = std::to_string(wanted[0]);
  json banned = answer(toyTokens(9), {"--max-tokens", "20", "--ignore-eos", "--logit-bias", first + ":-inf"});
  for (const json &id : banned["tokens"])
    EXPECT_NE(id, wanted[0]);
  json forced = answer(toyTokens(9), {"--max-tokens", "5", "--ignore-eos", "--logit-bias", "7:1000"});
  EXPECT_EQ(forced["tokens"], json({7, 7, 7, 7, 7}));
  json varied = answer(toyTokens(9), {"--max-tokens", "5", "--ignore-eos", "--logit-bias", "7:1000",
                                      "--frequency-penalty", "100", "--presence-penalty", "100"});
  EXPECT_EQ(varied["tokens"], forced["tokens"]); // still the largest by far
  EXPECT_EQ(answer(toyTokens(9),
                   {"--max-tokens", "8", "--ignore-eos", "--temperature", "3", "--top-k", "1"})["tokens"]
                .get<std::vector<int>>(),
            greedy(toyTokens(9), 8));
}

TEST_F(GenerateCommand, ThreadsChangeNothing) {
  auto tokens = [&](const char *threads) {
    return answer(toyTokens(7),
                  {"--max-tokens", "20", "--ignore-eos", "--temperature", "4", "--min-p", "0.05",
                   "--repetition-penalty", "1.2", "--seed", "9", "--threads", threads})["tokens"];
  };
  EXPECT_EQ(tokens("1"), tokens("3"));
}

TEST_F(GenerateCommand, Refusals) {
  expectRefusal(v4run({"generate", artifact}), 2, "no prompt was given");
  expectRefusal(generate({1}, {"--prompt", "a"}), 2, "more than one prompt");
  expectRefusal(generate({1}, {"--mode", "think-high"}), 2, "--mode is for --messages");
  expectRefusal(generate({1}, {"--stop", "a"}), 2, "--stop is for");
  expectRefusal(generate({1}, {"--logit-bias", "11:1"}), 2, "ids 0 to 10");
  expectRefusal(generate({1}, {"--logit-bias", "3"}), 2, "--logit-bias is '3'");
  expectRefusal(generate({1}, {"--logit-bias", "3:inf"}), 2, "--logit-bias is '3:inf'");
  expectRefusal(v4run({"generate", artifact, "--prompt", "a"}), 1, "toy.v4 has no tokenizer");
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

// Logits and greedy continuations of the fixtures.
#include "test/Golden/Compare.h"
#include "test/Golden/Model.h"
#include "test/Support/Scratch.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace v4test {

using Case = std::tuple<std::string, std::string>; // fixture, kernel variant or target

class GoldenLogits : public testing::TestWithParam<Case> {
protected:
  std::string fixture = std::get<0>(GetParam());
  std::string variant = std::get<1>(GetParam());
  std::string artifact = compiled(fixture, targetOptions(variant));

  void compare(const Tensor &mine, const Tensor &golden, const std::vector<int> &rows) {
    std::string why;
    Distance worst = farthest(mine, golden, rows, why);
    printf("farthest row %lld: %.2e\n", static_cast<long long>(worst.row), worst.error);
    EXPECT_LE(worst.error, kTolerance) << "row " << worst.row << " " << why;
  }
};

TEST_P(GoldenLogits, Prefill) {
  TensorFile golden = goldens(fixture, "prefill.safetensors");
  std::vector<int> ids = golden.at("input_ids").integers();
  TensorFile mine = eval(artifact, ids, {.variant = variant});
  ASSERT_TRUE(mine.count("logits"));
  EXPECT_EQ(mine.at("logits").rows(), static_cast<int64_t>(ids.size()));
  // The larger fixtures keep the last rows only.
  const Tensor &logits = golden.count("logits_f64") ? golden.at("logits_f64") : golden.at("logits");
  compare(mine.at("logits"), logits, range(logits.rows(), static_cast<int64_t>(ids.size()) - logits.rows()));
}

// The first piece of the golden's run as chunks, single steps after.
TEST_P(GoldenLogits, Decode) {
  TensorFile golden = goldens(fixture, "decode.safetensors");
  std::vector<int> ids = golden.at("input_ids").integers();
  std::vector<int> chunks = golden.at("chunks").integers();
  int prefilled = 0;
  for (int chunk : chunks)
    prefilled += chunk;
  int steps = static_cast<int>(ids.size()) - prefilled;
  TensorFile mine = eval(artifact, ids, {.chunk = chunks[0], .decode = steps, .variant = variant});
  ASSERT_TRUE(mine.count("logits"));
  const Tensor &logits = golden.at("logits");
  compare(mine.at("logits"), logits, range(logits.rows(), static_cast<int64_t>(ids.size()) - logits.rows()));
}

static int largest(const Tensor &logits, int64_t row) {
  return static_cast<int>(std::max_element(logits.row(row), logits.row(row) + logits.width()) -
                          logits.row(row));
}

// Every token of the golden continuation is the most likely one after those before it; the golden goes on
// after the end token, `generate` does not.
TEST_P(GoldenLogits, GreedyTokens) {
  TensorFile golden = goldens(fixture, "decode.safetensors");
  std::vector<int> ids = golden.at("greedy_ids").integers();
  int prompt = golden.at("greedy_prompt_length").integers()[0];
  int steps = static_cast<int>(ids.size()) - prompt;
  TensorFile mine = eval(artifact, ids, {.decode = steps, .variant = variant});
  ASSERT_TRUE(mine.count("logits"));
  for (size_t i = static_cast<size_t>(prompt); i < ids.size(); ++i)
    ASSERT_EQ(largest(mine.at("logits"), static_cast<int64_t>(i) - 1), ids[i]) << "token " << i;
}

static nlohmann::json generate(const std::string &artifact, const std::vector<int> &prompt, size_t maxTokens,
                               const std::string &variant, const std::vector<std::string> &options = {}) {
  std::string tokens = scratchFolder("generate") + "/tokens.json";
  writeFile(tokens, tokensJson(prompt));
  std::vector<std::string> command = {
      binary("v4run"),           "generate", artifact, "--tokens", tokens, "--max-tokens",
      std::to_string(maxTokens), "--json"};
  command.insert(command.end(), options.begin(), options.end());
  Finished finished = run(command, environmentOf(variant));
  EXPECT_EQ(finished.exitCode, 0) << finished.err;
  nlohmann::json answer = nlohmann::json::parse(finished.out, nullptr, /*allow_exceptions=*/false);
  EXPECT_TRUE(answer.is_object()) << finished.out;
  if (answer.is_object()) {
    EXPECT_EQ(answer.at("prompt_tokens"), prompt.size());
  }
  return answer;
}

// The golden's tokens go on after the end token.
TEST_P(GoldenLogits, Generate) {
  ASSERT_FALSE(artifact.empty());
  TensorFile golden = goldens(fixture, "decode.safetensors");
  std::vector<int> ids = golden.at("greedy_ids").integers();
  int prompt = golden.at("greedy_prompt_length").integers()[0];
  std::vector<int> wanted(ids.begin() + prompt, ids.end());
  nlohmann::json answer =
      generate(artifact, {ids.begin(), ids.begin() + prompt}, wanted.size(), variant, {"--ignore-eos"});
  ASSERT_TRUE(answer.is_object());
  EXPECT_EQ(answer.at("tokens"), wanted);
  EXPECT_EQ(answer.at("finish_reason"), "length");
}

INSTANTIATE_TEST_SUITE_P(Fixtures, GoldenLogits,
                         testing::Combine(testing::Values("micro-f32", "micro-odd", "micro-fp8fp4",
                                                          "tiny-chat", "tiny-chat-fp8fp4"),
                                          testing::ValuesIn(variantsAndTargets())),
                         [](const testing::TestParamInfo<Case> &info) {
                           return identifier(std::get<0>(info.param) + "_" + std::get<1>(info.param));
                         });

// The chats of the trained model, most of which end by themselves.
TEST(GoldenChat, Answers) {
  std::string artifact = compiled("tiny-chat-fp8fp4");
  ASSERT_FALSE(artifact.empty());
  constexpr int kEndToken = 1;
  nlohmann::json chats = nlohmann::json::parse(readFile(data("tiny-chat-fp8fp4/goldens/chat.json")))["chats"];
  ASSERT_FALSE(chats.empty());
  for (const nlohmann::json &chat : chats) {
    SCOPED_TRACE(chat["messages"].back()["content"]);
    std::vector<int> wanted = chat["greedy_ids"];
    nlohmann::json answer = generate(artifact, chat["prompt_ids"], wanted.size(), variants().back());
    ASSERT_TRUE(answer.is_object());
    bool ends = wanted.back() == kEndToken;
    if (ends)
      wanted.pop_back();
    EXPECT_EQ(answer.at("tokens"), wanted);
    EXPECT_EQ(answer.at("finish_reason"), ends ? "stop" : "length");
  }
}

} // namespace v4test

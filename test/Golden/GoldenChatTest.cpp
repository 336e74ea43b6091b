// What the trained fixture says, through `v4run generate`, against the greedy text of its goldens.
#include "test/Golden/Model.h"
#include "test/Support/Scratch.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace v4test {
namespace {

using nlohmann::json;

const char kFixture[] = "tiny-chat-fp8fp4";
const std::string kEnd = "<\uff5cend\u2581of\u2581sentence\uff5c>";

class Chat : public testing::Test {
protected:
  std::string artifact = compiled(kFixture, {"--numerics", "hf"}); // as the goldens are
  std::string folder = scratchFolder("chat");

  Finished generate(const json &messages, std::vector<std::string> more) {
    writeFile(folder + "/messages.json", messages.dump());
    more.insert(more.begin(),
                {binary("v4run"), "generate", artifact, "--messages", folder + "/messages.json"});
    return run(more);
  }

  json answer(const json &messages, std::vector<std::string> more) {
    more.push_back("--json");
    Finished finished = generate(messages, more);
    EXPECT_EQ(finished.exitCode, 0) << finished.err;
    return json::parse(finished.out, nullptr, /*allow_exceptions=*/false);
  }

  json question(const std::string &text) { return json::array({{{"role", "user"}, {"content", text}}}); }
};

TEST_F(Chat, GoldenTexts) {
  json goldens = json::parse(readFile(data(std::string(kFixture) + "/goldens/chat.json")));
  for (const json &chat : goldens["chats"]) {
    std::string text = chat["greedy_text"];
    bool ends = text.size() >= kEnd.size() && text.substr(text.size() - kEnd.size()) == kEnd;
    std::vector<std::string> options = {
        "--mode", chat["thinking_mode"] == "thinking" ? "think-high" : "non-think", "--max-tokens", "96"};
    Finished streamed = generate(chat["messages"], options);
    EXPECT_EQ(streamed.exitCode, 0) << streamed.err;
    if (ends)
      text.resize(text.size() - kEnd.size());
    EXPECT_EQ(streamed.out, text + "\n");
    json whole = answer(chat["messages"], options);
    std::vector<int> ids = chat["greedy_ids"];
    if (ends)
      ids.pop_back();
    EXPECT_EQ(whole["text"], text);
    EXPECT_EQ(whole["tokens"], json(ids));
    EXPECT_EQ(whole["completion_tokens"], ids.size());
    EXPECT_EQ(whole["prompt_tokens"], chat["prompt_ids"].size());
    EXPECT_EQ(whole["finish_reason"], ends ? "stop" : "length");
  }
}

TEST_F(Chat, ReasoningApartFromContent) {
  json whole = answer(question("What is the capital of France?"), {"--mode", "think-high"});
  EXPECT_EQ(whole["content"], "The capital of France is Paris.");
  EXPECT_EQ(whole["reasoning_content"], "The user asks about the capital of Finland. It is Helsinki.");
  EXPECT_EQ(whole["reasoning_details"][0]["text"], whole["reasoning_content"]);
  EXPECT_EQ(whole["tool_calls"], json::array());
}

TEST_F(Chat, StopStringsOverTokenBoundaries) {
  json whole = answer(question("What is the capital of France?"), {"--stop", "l of Fr", "--stop", "never"});
  EXPECT_EQ(whole["text"], "The capita");
  EXPECT_EQ(whole["finish_reason"], "stop");
  EXPECT_EQ(generate(question("What is the capital of France?"), {"--stop", "is P"}).out,
            "The capital of France \n");
}

TEST_F(Chat, SameSeedSameText) {
  auto text = [&](const char *seed, const char *threads) {
    return generate(question("Who are you?"), {"--temperature", "1.5", "--top-p", "0.98", "--seed", seed,
                                               "--max-tokens", "40", "--threads", threads})
        .out;
  };
  EXPECT_EQ(text("1", "1"), text("1", "2"));
  EXPECT_NE(text("1", "1"), text("2", "1"));
}

// --prompt starts behind the begin token, and may spell the protocol itself.
TEST_F(Chat, RawPrompts) {
  auto run1 = [&](const std::string &prompt, const std::string &option) {
    Finished finished = run(
        {binary("v4run"), "generate", artifact, "--prompt", prompt, option, "--json", "--max-tokens", "30"});
    EXPECT_EQ(finished.exitCode, 0) << finished.err;
    return json::parse(finished.out, nullptr, /*allow_exceptions=*/false);
  };
  std::string protocol = "<\uff5cUser\uff5c>Hello!<\uff5cAssistant\uff5c></think>";
  json whole = run1(protocol, "--seed=0");
  EXPECT_EQ(whole["prompt_tokens"], 6);
  EXPECT_EQ(whole["text"], "Hello! How can I help you?");
  EXPECT_EQ(run1("<\uff5cbegin\u2581of\u2581sentence\uff5c>" + protocol, "--seed=0")["tokens"],
            whole["tokens"]);
  EXPECT_GT(run1(protocol, "--no-control-tokens")["prompt_tokens"], 10);
}

TEST_F(Chat, PromptsLongerThanTheContext) {
  std::string longText;
  for (int i = 0; i < 5000; ++i)
    longText += "word ";
  Finished finished = generate(question(longText), {});
  EXPECT_EQ(finished.exitCode, 1);
  EXPECT_EQ(finished.out, "");
  EXPECT_NE(finished.err.find("more than the artifact's max context of 4096"), std::string::npos)
      << finished.err;
  EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1);
}

} // namespace
} // namespace v4test

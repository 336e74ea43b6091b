// The ids of section 9.4's examples. The published tokenizer.json is not part of this repository:
// V4_TOKENIZER says where it is. ChatCommandsTest has those of the fixture's tokenizer.
#include "runtime/text/PromptIds.h"
#include "test/Text/ChatCases.h"

#include <algorithm>
#include <cstdlib>

namespace v4test {
namespace {

struct PublishedPrompts : testing::Test {
  std::unique_ptr<Tokenizer> tokenizer;

  void SetUp() override {
    const char *path = getenv("V4_TOKENIZER");
    if (!path)
      GTEST_SKIP() << "V4_TOKENIZER does not name the published tokenizer.json";
    v4rt::Status status = Tokenizer::load(path, tokenizer);
    ASSERT_TRUE(status.ok()) << status.text();
  }

  std::vector<uint32_t> ids(const std::string &messages, ChatMode mode) {
    ChatPrompt prompt;
    ChatOptions options;
    options.mode = mode;
    EXPECT_TRUE(encodeChat(json(messages), options, prompt).ok());
    std::vector<uint32_t> ids, matched;
    Encoder encoder(*tokenizer);
    v4rt::Status status = encodePrompt(prompt, *tokenizer, encoder, ids);
    EXPECT_TRUE(status.ok()) << status.text();
    // Nothing here spells control tokens in a message: the whole text has the same ids.
    EXPECT_TRUE(encoder.encode(prompt.text(), matched).ok());
    EXPECT_EQ(ids, matched);
    return ids;
  }
};

using Ids = std::vector<uint32_t>;

TEST_F(PublishedPrompts, Examples) {
  const char hi[] = R"([{"role": "user", "content": "Hi"}])";
  const char brief[] = R"([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "2+2?"}])";
  const char turns[] = R"([{"role": "user", "content": "a"},
    {"role": "assistant", "content": "b", "reasoning_content": "r1"}, {"role": "user", "content": "c"}])";
  EXPECT_EQ(ids(hi, ChatMode::nonThink), Ids({0, 128803, 23166, 128804, 128822}));
  EXPECT_EQ(ids(hi, ChatMode::thinkHigh), Ids({0, 128803, 23166, 128804, 128821}));
  EXPECT_EQ(ids(brief, ChatMode::thinkHigh),
            Ids({0, 7153, 9708, 16, 128803, 20, 13, 20, 33, 128804, 128821}));
  EXPECT_EQ(ids(turns, ChatMode::thinkHigh),
            Ids({0, 128803, 67, 128804, 128822, 68, 1, 128803, 69, 128804, 128821}));
  Ids most = ids(brief, ChatMode::thinkMax);
  EXPECT_EQ(most.size(), 90u);
  most.resize(7);
  EXPECT_EQ(most, Ids({0, 77666, 288, 9504, 482, 28, 65174}));
}

TEST_F(PublishedPrompts, ToolCalls) {
  Ids all = ids(R"([{"role": "user", "content": "q"}, {"role": "assistant", "content": "",
    "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}, {"role": "tool", "content": "2"}])",
                ChatMode::nonThink);
  Ids call = {30, 128825, 72461, 4941, 12548, 1018};
  EXPECT_NE(std::search(all.begin(), all.end(), call.begin(), call.end()), all.end());
}

} // namespace
} // namespace v4test

// Command lines of v4run with bad tokens or options.
#include "test/Golden/Model.h"
#include "test/Support/Scratch.h"
#include "test/Tools/Refused.h"

namespace v4test {

namespace {

class BadTokens : public testing::Test {
protected:
  std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
  std::string artifact = compiled("micro-f32"); // 257 tokens
  std::string input = scratchFolder(name);
  std::string output = scratchFolder(name + ".out");

  void refuse(const std::string &tokens, const std::vector<std::string> &words,
              const std::vector<std::string> &options = {}) {
    SCOPED_TRACE(tokens);
    std::string file = input + "/tokens.json";
    writeFile(file, tokens);
    std::vector<std::string> eval = {
        binary("v4run"), "eval", artifact, "--tokens", file, "--logits", output + "/logits.safetensors"};
    eval.insert(eval.end(), options.begin(), options.end());
    expectRefused(eval, words, output);
    if (options.empty())
      expectRefused({binary("v4run"), "generate", artifact, "--tokens", file, "--max-tokens", "2"}, words,
                    output);
  }
};

TEST_F(BadTokens, OutOfRange) {
  refuse("[1, 257, 3]", {"257"});
  refuse("[-1]", {"-1"});
  refuse("[4294967296]", {"4294967296"});
  refuse("[99999999999999999999]", {"tokens.json"});
}

TEST_F(BadTokens, OutOfRangeInABatch) {
  writeFile(input + "/tokens.json", "[[1, 2], [3, 300]]");
  expectRefused({binary("v4run"), "eval", artifact, "--tokens", input + "/tokens.json", "--logits",
                 output + "/logits.safetensors"},
                {"300"}, output);
}

TEST_F(BadTokens, NotTokens) {
  for (const char *text :
       {"", "[", "{}", "[]", "[1.5]", "[\"a\"]", "3", "[1, [2]]", "[null]", "[1] trailing"})
    refuse(text, {"tokens.json"});
}

TEST_F(BadTokens, NoFile) {
  expectRefused({binary("v4run"), "eval", artifact, "--tokens", input + "/nowhere.json", "--logits",
                 output + "/logits.safetensors"},
                {"nowhere.json"}, output);
}

TEST_F(BadTokens, BadOptions) {
  refuse("[1, 2]", {"--chunk"}, {"--chunk", "0"});
  refuse("[1, 2]", {"--decode"}, {"--decode", "3"});
  refuse("[1, 2]", {"--threads"}, {"--threads", "-1"});
  refuse("[1, 2]", {"--frobnicate"}, {"--frobnicate"});
}

TEST_F(BadTokens, OutputFolderMissing) {
  writeFile(input + "/tokens.json", "[1, 2]");
  expectRefused({binary("v4run"), "eval", artifact, "--tokens", input + "/tokens.json", "--logits",
                 output + "/nowhere/logits.safetensors"},
                {"nowhere"}, output);
}

TEST_F(BadTokens, UnknownCommand) { expectRefused({binary("v4run"), "frobnicate"}, {"frobnicate"}, output); }

} // namespace
} // namespace v4test

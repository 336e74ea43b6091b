#include "test/Run/ToyRun.h"

#include <unistd.h>

namespace v4test {

namespace {

class EvalCommand : public ToyRun {
protected:
  void expectLogits(const TensorFile &file, const std::string &name, const std::vector<int> &tokens,
                    size_t from = 0) {
    ASSERT_TRUE(file.count(name)) << name;
    const Tensor &tensor = file.at(name);
    ASSERT_EQ(tensor.shape, std::vector<int64_t>({int64_t(tokens.size() - from), kVocab}));
    std::vector<std::vector<float>> wanted = expectedRows(tokens);
    for (size_t i = from; i < tokens.size(); ++i)
      EXPECT_TRUE(std::equal(wanted[i].begin(), wanted[i].end(), tensor.row(int64_t(i - from)))) << i;
  }
};

TEST_F(EvalCommand, SameFileHoweverItIsCut) {
  std::vector<int> tokens = toyTokens(31);
  ASSERT_EQ(eval(tokensJson(tokens)).exitCode, 0);
  expectLogits(readTensors(logits), "logits", tokens);
  std::string whole = readFile(logits);
  for (std::vector<std::string> how : {std::vector<std::string>{"--chunk", "1"},
                                       {"--chunk", "7"},
                                       {"--decode", "31"},
                                       {"--chunk", "4", "--decode", "9", "--threads", "2"}}) {
    Finished finished = eval(tokensJson(tokens), how);
    ASSERT_EQ(finished.exitCode, 0) << finished.err;
    EXPECT_TRUE(readFile(logits) == whole) << how.back();
  }
}

TEST_F(EvalCommand, Batch) {
  std::vector<std::vector<int>> sequences = {toyTokens(13, 1), toyTokens(1, 2), toyTokens(29, 3)};
  for (std::vector<std::string> how : {std::vector<std::string>{}, {"--chunk", "3", "--decode", "1"}}) {
    Finished finished = eval(tokensJson(sequences), how);
    ASSERT_EQ(finished.exitCode, 0) << finished.err;
    TensorFile file = readTensors(logits);
    EXPECT_EQ(file.size(), 3u);
    for (size_t i = 0; i < sequences.size(); ++i)
      expectLogits(file, "logits." + std::to_string(i), sequences[i]);
  }
}

TEST_F(EvalCommand, ContinuesASnapshot) {
  std::vector<int> tokens = toyTokens(30);
  std::vector<int> first(tokens.begin(), tokens.begin() + 17), rest(tokens.begin() + 17, tokens.end());
  std::string state = folder + "/state";
  ASSERT_EQ(eval(tokensJson(first), {"--save-state", state}).exitCode, 0);
  Finished finished = eval(tokensJson(rest), {"--load-state", state});
  ASSERT_EQ(finished.exitCode, 0) << finished.err;
  expectLogits(readTensors(logits), "logits", tokens, 17);
}

TEST_F(EvalCommand, Refusals) {
  expectRefusal(eval("[11]"), 1, "element 0 is 11");
  expectRefusal(eval("[1, 2]", {"--decode", "3"}), 2, "option --decode is 3");
  expectRefusal(eval("[1, 2]", {"--chunk", "0"}), 2, "option --chunk is '0'");
  expectRefusal(eval("[1, 2]", {"--threads", "-1"}), 2, "option --threads is '-1'");
  expectRefusal(eval("[1, 2]", {"--frobnicate"}), 2, "--frobnicate");
  expectRefusal(eval("[[1], [2]]", {"--save-state", folder + "/s"}), 2, "--save-state wants a single");
  expectRefusal(eval("[1]", {"--load-state", folder + "/nowhere"}), 1, "nowhere");
  expectRefusal(eval("[1]", {"--save-state", folder + "/no/where"}), 1, "no/where");
  expectRefusal(eval(tokensJson(toyTokens(kMaxContext + 1))), 1, "max context of 40");
}

TEST_F(EvalCommand, Devices) {
  expectRefusal(eval("[1]", {"--device", "sim"}), 1,
                "the artifact is for cpu, which the device cpu runs, not sim");
  expectRefusal(eval("[1]", {"--device", "tpu"}), 1, "there is no device 'tpu', wanted cpu, cuda or sim");
  std::vector<int> tokens = toyTokens(31);
  ASSERT_EQ(eval(tokensJson(tokens), {"--device", "cpu"}).exitCode, 0);
  std::string onCpu = readFile(logits);
  unlink(logits.c_str());

  ASSERT_TRUE(writeArtifact(artifact, gpuToyManifest()).ok());
  expectRefusal(eval("[1]", {"--device", "cpu"}), 1,
                "is for sm_90a, which the devices cuda and sim run, not cpu");
  ASSERT_EQ(eval(tokensJson(tokens), {"--device", "sim"}).exitCode, 0);
  EXPECT_TRUE(readFile(logits) == onCpu);
}

TEST_F(EvalCommand, KeepsWhatItDidNotWrite) {
  Finished finished = v4run({"eval", artifact, "--tokens", folder, "--logits", artifact + "/x"});
  EXPECT_EQ(finished.exitCode, 1);
  writeFile(logits, "mine");
  EXPECT_EQ(eval("[77]").exitCode, 1);
  EXPECT_EQ(readFile(logits), "mine");
}

} // namespace
} // namespace v4test

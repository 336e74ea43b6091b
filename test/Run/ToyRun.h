// v4run on the toy artifact.
#pragma once

#include "test/Runtime/ToySession.h"
#include "test/Support/Process.h"
#include "test/Support/TensorFile.h"

#include <algorithm>
#include <string>
#include <vector>

namespace v4test {

class ToyRun : public testing::Test {
protected:
  std::string folder =
      scratchFolder(std::string("run-") + testing::UnitTest::GetInstance()->current_test_info()->name());
  std::string artifact = folder + "/toy.v4";
  std::string logits = folder + "/logits.safetensors";

  void SetUp() override {
    v4rt::Status status = writeArtifact(artifact, toyManifest());
    ASSERT_TRUE(status.ok()) << status.text();
  }

  Finished v4run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), binary("v4run"));
    return run(arguments);
  }

  Finished eval(const std::string &tokens, const std::vector<std::string> &options = {}) {
    writeFile(folder + "/tokens.json", tokens);
    std::vector<std::string> arguments = {"eval",     artifact, "--tokens", folder + "/tokens.json",
                                          "--logits", logits};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return v4run(arguments);
  }

  Finished generate(const std::vector<int> &prompt, const std::vector<std::string> &options) {
    writeFile(folder + "/tokens.json", tokensJson(prompt));
    std::vector<std::string> arguments = {"generate", artifact, "--tokens", folder + "/tokens.json"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return v4run(arguments);
  }

  /// One line, an exit status of `code`, and no logits.
  void expectRefusal(const Finished &finished, int code, const std::string &words) {
    EXPECT_EQ(finished.exitCode, code);
    EXPECT_EQ(finished.out, "");
    EXPECT_EQ(finished.err.rfind("v4run: error: ", 0), 0u) << finished.err;
    EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
    EXPECT_NE(finished.err.find(words), std::string::npos) << finished.err;
    EXPECT_FALSE(exists(logits));
  }
};

} // namespace v4test

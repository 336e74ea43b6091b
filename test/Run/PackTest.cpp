#include "runtime/checkpoint/SafetensorsWriter.h"
#include "test/Run/ToyRun.h"

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

namespace v4test {

namespace {

class PackCommand : public ToyRun {};

// An artifact made without weights runs like the whole one after packing.
TEST_F(PackCommand, AddsTheWeights) {
  ASSERT_EQ(eval("[1, 2, 3]").exitCode, 0);
  std::string wanted = readFile(logits);
  ManifestSpec manifest = toyManifest();
  manifest.packed = false;
  ASSERT_TRUE(writeArtifact(artifact, manifest).ok());
  EXPECT_EQ(eval("[1, 2, 3]").exitCode, 1);

  std::vector<float> weights = toyWeights();
  std::string error;
  writeFile(folder + "/config.json", "{}");
  ASSERT_TRUE(v4rt::checkpoint::writeSafetensors(
      folder + "/model.safetensors",
      {{"embed.weight", v4rt::checkpoint::DType::f32, {kVocab, kWidth}, weights.data()}}, {}, error))
      << error;
  std::string whole = folder + "/whole.v4";
  Finished finished = v4run({"pack", artifact, "--weights", folder, "-o", whole, "--threads", "1"});
  ASSERT_EQ(finished.exitCode, 0) << finished.err;
  artifact = whole;
  finished = eval("[1, 2, 3]");
  ASSERT_EQ(finished.exitCode, 0) << finished.err;
  EXPECT_TRUE(readFile(logits) == wanted);
}

/// A checkpoint of a matrix that takes a while to pack, and the program for it.
class LongPack : public ToyRun {
protected:
  static constexpr int64_t kRows = 1 << 14;
  std::string whole = folder + "/whole.v4";

  void SetUp() override {
    ManifestSpec manifest = toyManifest();
    manifest.packed = false;
    manifest.weights.push_back({"long",
                                {"long"},
                                format::ElementType::f32,
                                {kRows, 1024},
                                format::Layout::panel,
                                16,
                                (manifest.weightsBytes + 63) / 64 * 64,
                                kRows * 4096});
    manifest.weightsBytes = manifest.weights.back().offset + manifest.weights.back().bytes;
    ASSERT_TRUE(writeArtifact(artifact, manifest).ok());
    std::vector<float> weights = toyWeights(), rows(kRows * 1024);
    for (size_t i = 0; i < rows.size(); ++i)
      rows[i] = float(i);
    std::string error;
    writeFile(folder + "/config.json", "{}");
    ASSERT_TRUE(v4rt::checkpoint::writeSafetensors(
        folder + "/model.safetensors",
        {{"embed.weight", v4rt::checkpoint::DType::f32, {kVocab, kWidth}, weights.data()},
         {"long", v4rt::checkpoint::DType::f32, {kRows, 1024}, rows.data()}},
        {}, error))
        << error;
  }

  std::vector<std::string> command(std::vector<std::string> options = {}) {
    options.insert(options.begin(), {"pack", artifact, "--weights", folder, "-o", whole, "--threads", "1"});
    return options;
  }

  // Sends a signal as soon as something was packed; the exit code as in Finished.
  int interrupted(int signal) {
    std::vector<std::string> words = command();
    words.insert(words.begin(), binary("v4run"));
    std::vector<char *> arguments;
    for (std::string &word : words)
      arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t child = fork();
    if (child == 0) {
      freopen("/dev/null", "w", stdout);
      freopen("/dev/null", "w", stderr);
      execv(arguments[0], arguments.data());
      _exit(127);
    }
    int status = 0;
    while (!exists(whole + ".partial") && waitpid(child, &status, WNOHANG) == 0)
      usleep(200);
    kill(child, signal);
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
};

TEST_F(LongPack, SignalsStopItAndTheSameCommandGoesOn) {
  Finished finished = v4run(command({"--json"}));
  ASSERT_EQ(finished.exitCode, 0) << finished.err;
  nlohmann::json report = nlohmann::json::parse(finished.out);
  EXPECT_GT(report["weights_bytes"], kRows * 4096);
  EXPECT_EQ(report["resumed_bytes"], 0);
  EXPECT_GT(report["bytes_per_second"], 0);
  EXPECT_LT(report["peak_resident_bytes"], 512 << 20);
  std::string wanted = readFile(whole);
  for (int signal : {SIGINT, SIGTERM, SIGKILL}) {
    std::filesystem::remove(whole);
    int code = interrupted(signal);
    // On a fast machine it may have ended before.
    EXPECT_TRUE(code == 128 + signal || (code == 0 && exists(whole))) << code;
    EXPECT_NE(exists(whole), exists(whole + ".partial"));
    finished = v4run(command());
    EXPECT_EQ(finished.exitCode, 0) << finished.err;
    EXPECT_EQ(finished.out.find("packed "), 0u) << finished.out;
    EXPECT_TRUE(readFile(whole) == wanted);
    EXPECT_FALSE(exists(whole + ".partial"));
  }
}

TEST_F(LongPack, WeightsBeside) {
  Finished finished = v4run(command({"--weights-beside"}));
  ASSERT_EQ(finished.exitCode, 0) << finished.err;
  finished = v4run({"inspect", whole});
  ASSERT_EQ(finished.exitCode, 0) << finished.err;
  EXPECT_NE(finished.out.find(", in whole.v4.weights beside it: "), std::string::npos) << finished.out;
  artifact = whole;
  EXPECT_EQ(eval("[1, 2, 3]").exitCode, 0);
  std::filesystem::remove(logits);
  std::filesystem::remove(whole + ".weights");
  expectRefusal(eval("[1, 2, 3]"), 1, "has its weights in a file beside it");
}

TEST_F(PackCommand, Refusals) {
  ManifestSpec manifest = toyManifest();
  manifest.packed = false;
  ASSERT_TRUE(writeArtifact(artifact, manifest).ok());
  expectRefusal(v4run({"pack", artifact, "-o", logits}), 2, "--weights");
  expectRefusal(v4run({"pack", artifact, "-o", logits, "--weights", folder + "/nowhere"}), 1, "nowhere");
  writeFile(folder + "/config.json", "{}");
  std::vector<float> few(4);
  std::string error;
  ASSERT_TRUE(v4rt::checkpoint::writeSafetensors(
      folder + "/model.safetensors",
      {{"embed.weight", v4rt::checkpoint::DType::f32, {1, kWidth}, few.data()}}, {}, error));
  expectRefusal(v4run({"pack", artifact, "-o", logits, "--weights", folder}), 1, "embed.weight");
}

} // namespace
} // namespace v4test

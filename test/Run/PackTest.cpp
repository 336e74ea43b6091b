#include "runtime/checkpoint/SafetensorsWriter.h"
#include "test/Run/ToyRun.h"

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

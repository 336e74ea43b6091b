#include "runtime/pack/PackArtifact.h"

#include "runtime/Artifact.h"
#include "runtime/pack/PackTokenizer.h"
#include "runtime/text/Utf8.h"
#include "test/Pack/SmallArtifact.h"
#include "test/Support/ArtifactHeader.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace v4rt;

namespace {

using PackArtifact = v4test::SmallArtifact;

TEST_F(PackArtifact, WritesWhatTheRuntimeReads) {
  Status status = write(full, checkpoint.get());
  ASSERT_TRUE(status.ok()) << status.text();
  Artifact artifact;
  status = artifact.open(full, V4_VERIFY_ALWAYS);
  ASSERT_TRUE(status.ok()) << status.text();
  EXPECT_EQ(kernels,
            std::string(reinterpret_cast<const char *>(artifact.kernels().data), artifact.kernels().size));
  EXPECT_TRUE(artifact.manifest().weights_packed());
  ASSERT_EQ(manifest.weights.size(), artifact.manifest().weights()->size());
  for (const format::Weight *weight : *artifact.manifest().weights()) {
    format::WeightT recipe;
    weight->UnPackTo(&recipe);
    std::vector<uint8_t> packed = v4test::packNaively(recipe, maker);
    EXPECT_EQ(0, std::memcmp(packed.data(), artifact.weights().data + recipe.offset, packed.size()))
        << recipe.name;
    EXPECT_NE(0u, recipe.checksum);
  }
}

TEST_F(PackArtifact, GivesAProgramItsWeightsLater) {
  Status status = write(full, checkpoint.get());
  ASSERT_TRUE(status.ok()) << status.text();
  status = write(program, nullptr);
  ASSERT_TRUE(status.ok()) << status.text();
  std::string before = v4test::readFile(program);
  Artifact artifact;
  status = artifact.open(program, V4_VERIFY_ALWAYS);
  ASSERT_TRUE(status.ok()) << status.text();
  EXPECT_FALSE(artifact.manifest().weights_packed());
  EXPECT_FALSE(artifact.weights());

  std::string packed = folder + "/packed.v4";
  status = packArtifact(program, *checkpoint, packed, {});
  ASSERT_TRUE(status.ok()) << status.text();
  EXPECT_TRUE(v4test::readFile(full) == v4test::readFile(packed))
      << "differs from the artifact packed at once";
  EXPECT_TRUE(before == v4test::readFile(program));
  EXPECT_EQ(3, files());
}

// Its kernels read two numbers of FP8 in 16 bits.
TEST_F(PackArtifact, RefusesProgramsThatWantOldWords) {
  v4test::append(manifest, v4test::recipe("words", {"words"}, format::ElementType::f8e4m3, {2, 4},
                                          format::Layout::panel_words, 2));
  Status status = write(program, nullptr);
  ASSERT_TRUE(status.ok()) << status.text();
  std::string older =
      v4test::withHeader(v4test::readFile(program), [](format::Header &header) { header.minor = 5; });
  std::ofstream(program, std::ios::binary) << older;
  status = packArtifact(program, *checkpoint, full, {});
  EXPECT_EQ(V4_UNSUPPORTED, status.code());
  EXPECT_EQ("'" + program +
                "' was made by an older v4c: its format is version 1.5, FP8 weights are packed for 1.6 or "
                "later; compile it again",
            status.text());
  EXPECT_EQ(1, files());
}

// 256 bytes, no merges, and one added token.
std::string tokenizerJson(int addedId) {
  nlohmann::ordered_json vocabulary = nlohmann::ordered_json::object();
  for (int byte = 0; byte < 256; ++byte)
    vocabulary[text::byteSpelling(uint8_t(byte))] = byte;
  return nlohmann::ordered_json{
      {"added_tokens", nlohmann::json::array({{{"id", addedId}, {"content", "<think>"}}})},
      {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}}},
      {"decoder", {{"type", "ByteLevel"}}},
      {"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", nlohmann::json::array()}}}}
      .dump();
}

std::string tokenizerIn(const std::string &path) {
  Artifact artifact;
  Status status = artifact.open(path, V4_VERIFY_ALWAYS);
  EXPECT_TRUE(status.ok()) << status.text();
  return std::string(reinterpret_cast<const char *>(artifact.tokenizer().data), artifact.tokenizer().size);
}

TEST_F(PackArtifact, KeepsTheTokenizerThatIsThere) {
  manifest.model->vocab_size = 300;
  manifest.buffers[4]->row_shape = {300};
  manifest.buffers[4]->bytes = 4800;
  manifest.arena_bytes += 4800;
  std::string first = tokenizerJson(256), second = tokenizerJson(299), packed = folder + "/packed.v4";
  v4test::writeFile(folder + "/first.json", first);
  PackOptions options;

  // Of neither, of the checkpoint, of the program, and of the option.
  ASSERT_TRUE(write(program, nullptr).ok());
  ASSERT_TRUE(packArtifact(program, *checkpoint, packed, options).ok());
  EXPECT_EQ(tokenizerIn(packed), "");
  v4test::writeFile(checkpoint->folder() + "/tokenizer.json", second);
  ASSERT_TRUE(packArtifact(program, *checkpoint, packed, options).ok());
  EXPECT_EQ(tokenizerIn(packed), second);
  options.tokenizer = folder + "/first.json";
  ASSERT_TRUE(writeArtifact(program, manifest, code(), nullptr, options).ok());
  ASSERT_TRUE(packArtifact(program, *checkpoint, packed, {}).ok());
  EXPECT_EQ(tokenizerIn(packed), first);
  options.tokenizer = tokenizerOf(checkpoint->folder());
  ASSERT_TRUE(packArtifact(program, *checkpoint, packed, options).ok());
  EXPECT_EQ(tokenizerIn(packed), second);
}

TEST_F(PackArtifact, RefusesATokenizerThatDoesNotFit) {
  PackOptions options;
  options.tokenizer = folder + "/tokenizer.json";
  auto refused = [&] {
    Status status = writeArtifact(full, manifest, code(), nullptr, options);
    EXPECT_FALSE(v4test::exists(full));
    return status.text();
  };
  EXPECT_NE(refused().find("tokenizer.json"), std::string::npos);
  v4test::writeFile(options.tokenizer, "{\"model\": ");
  EXPECT_NE(refused().find("tokenizer.json"), std::string::npos);
  v4test::writeFile(options.tokenizer, tokenizerJson(299));
  manifest.model->vocab_size = 299;
  EXPECT_NE(refused().find("has the token id 299, but the vocabulary of the model has the ids 0 to 298"),
            std::string::npos);
}

TEST_F(PackArtifact, LeavesNothingBehindOnFailure) {
  Status status = write(program, nullptr);
  ASSERT_TRUE(status.ok()) << status.text();
  std::string before = v4test::readFile(program);
  v4test::writeFile(full, "precious");

  status = packArtifact(program, *checkpoint, folder + "/../artifact/program.v4", {});
  EXPECT_NE(std::string::npos, status.text().find("is both the program and the output")) << status.text();

  v4test::CheckpointMaker other;
  other.add("vector", checkpoint::DType::f32, {77});
  status = packArtifact(program, *other.open("other"), full, {});
  EXPECT_NE(std::string::npos, status.text().find("has no tensor 'F32.1x1.0'")) << status.text();

  std::string error, none = v4test::scratchFolder("no-weights");
  v4test::writeFile(none + "/config.json", "{}");
  auto empty = checkpoint::Checkpoint::open(none, checkpoint::Checkpoint::Weights::optional, error);
  ASSERT_TRUE(empty) << error;
  status = packArtifact(program, *empty, full, {});
  EXPECT_NE(std::string::npos, status.text().find("has no safetensors files to pack")) << status.text();

  std::string damaged = before;
  damaged[damaged.size() / 2] ^= 1;
  v4test::writeFile(folder + "/damaged.v4", damaged);
  status = packArtifact(folder + "/damaged.v4", *checkpoint, full, {});
  EXPECT_EQ(V4_BAD_ARTIFACT, status.code()) << status.text();
  status = packArtifact(folder + "/missing.v4", *checkpoint, full, {});
  EXPECT_EQ(V4_IO_ERROR, status.code()) << status.text();

  EXPECT_EQ("precious", v4test::readFile(full));
  EXPECT_TRUE(before == v4test::readFile(program));
  EXPECT_EQ(3, files());

  status = write(full, checkpoint.get());
  ASSERT_TRUE(status.ok()) << status.text();
  status = packArtifact(full, *checkpoint, folder + "/again.v4", {});
  EXPECT_NE(std::string::npos, status.text().find("has its weights already")) << status.text();
  EXPECT_EQ(3, files());
}

} // namespace

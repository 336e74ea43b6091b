#include "runtime/pack/Packer.h"

#include "runtime/Checksum.h"
#include "test/Pack/Recipes.h"
#include "test/Support/Scratch.h"

#include <atomic>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <gtest/gtest.h>
#include <numeric>

using namespace v4rt;
using checkpoint::DType;
using format::ElementType;
using format::Layout;
using v4test::recipe;

namespace {

// Packs into a file of the weights section alone and returns its bytes, empty on failure.
std::string pack(format::ManifestT &manifest, const checkpoint::Checkpoint &checkpoint,
                 const PackOptions &options, Status &status) {
  std::string path = v4test::scratchFolder("packed") + "/out.v4";
  {
    ArtifactWriter writer;
    status = writer.create(path);
    if (status.ok())
      status = packWeights(manifest, checkpoint, writer, options);
    if (status.ok())
      status = writer.finish();
  }
  EXPECT_EQ(status.ok(), v4test::exists(path));
  EXPECT_EQ(
      status.ok() ? 1 : 0,
      std::distance(std::filesystem::directory_iterator(std::filesystem::path(path).parent_path()), {}));
  return status.ok() ? v4test::readFile(path) : "";
}

format::Section sectionOf(const std::string &file) {
  format::Section section;
  std::memcpy(&section, file.data() + sizeof(format::Header), sizeof(section));
  return section;
}

TEST(Packer, PacksEveryKindByItsDefinition) {
  v4test::CheckpointMaker maker;
  format::ManifestT manifest;
  v4test::addAllKinds(maker, manifest);
  auto checkpoint = maker.open("kinds");
  Status status;
  std::string file = pack(manifest, *checkpoint, {}, status);
  ASSERT_TRUE(status.ok()) << status.text();
  EXPECT_TRUE(manifest.weights_packed);

  format::Section section = sectionOf(file);
  EXPECT_EQ(uint32_t(format::SectionKind::weights), section.kind);
  EXPECT_EQ(0u, section.offset % 4096);
  ASSERT_EQ(manifest.weights_bytes, section.bytes);
  ASSERT_EQ(file.size(), section.offset + section.bytes);
  EXPECT_EQ(checksum(file.data() + section.offset, section.bytes), section.checksum);

  std::string wanted(manifest.weights_bytes, '\0');
  for (const auto &weight : manifest.weights) {
    std::vector<uint8_t> packed = v4test::packNaively(*weight, maker);
    ASSERT_EQ(packed.size(), weight->bytes) << weight->name;
    EXPECT_EQ(0, std::memcmp(packed.data(), file.data() + section.offset + weight->offset, packed.size()))
        << weight->name;
    EXPECT_EQ(checksum(packed.data(), packed.size()), weight->checksum) << weight->name;
    std::memcpy(wanted.data() + weight->offset, packed.data(), packed.size());
  }
  EXPECT_TRUE(file.compare(section.offset, section.bytes, wanted) == 0) << "padding is not zero";
}

TEST(Packer, GivesTheSameBytesForAnyThreadsAndBlocks) {
  v4test::CheckpointMaker maker;
  format::ManifestT manifest;
  v4test::addAllKinds(maker, manifest);
  auto checkpoint = maker.open("kinds");
  Status status;
  const std::string first = pack(manifest, *checkpoint, {}, status);
  ASSERT_TRUE(status.ok()) << status.text();
  for (unsigned threads : {1, 4})
    for (uint64_t blockBytes : {1, 5000}) {
      for (auto &weight : manifest.weights)
        weight->checksum = 0;
      std::vector<uint64_t> reports;
      PackOptions options;
      options.threads = threads;
      options.blockBytes = blockBytes;
      uint64_t last = 0, all = 0;
      options.progress = [&](uint64_t done, uint64_t total) {
        EXPECT_GT(done, last);
        last = done;
        all = total;
      };
      EXPECT_TRUE(first == pack(manifest, *checkpoint, options, status))
          << threads << " threads, " << blockBytes;
      ASSERT_TRUE(status.ok()) << status.text();
      EXPECT_EQ(all, last);
      for (auto &weight : manifest.weights)
        EXPECT_NE(0u, weight->checksum);
    }
}

TEST(Packer, KeepsTheOrderOfTheManifestWhateverTheOffsets) {
  v4test::CheckpointMaker maker;
  maker.add("a", DType::f32, {20});
  maker.add("b", DType::f32, {30});
  format::ManifestT manifest;
  v4test::append(manifest, recipe("a", {"a"}, ElementType::f32, {20}));
  v4test::append(manifest, recipe("b", {"b"}, ElementType::f32, {30}));
  std::swap(manifest.weights[0], manifest.weights[1]);
  auto checkpoint = maker.open("order");
  Status status;
  pack(manifest, *checkpoint, {}, status);
  ASSERT_TRUE(status.ok()) << status.text();
  EXPECT_EQ(checksum(maker.bytes("b").data(), 120), manifest.weights[0]->checksum);
  EXPECT_EQ(checksum(maker.bytes("a").data(), 80), manifest.weights[1]->checksum);
}

TEST(Packer, PacksNoWeights) {
  v4test::CheckpointMaker maker;
  auto checkpoint = maker.open("none");
  format::ManifestT manifest;
  Status status;
  pack(manifest, *checkpoint, {}, status);
  EXPECT_TRUE(status.ok()) << status.text();
  EXPECT_TRUE(manifest.weights_packed);
}

TEST(Packer, RefusesI64BeyondI32) {
  for (int64_t value :
       {int64_t(INT32_MAX), int64_t(INT32_MIN), int64_t(INT32_MAX) + 1, int64_t(INT32_MIN) - 1}) {
    std::vector<uint8_t> bytes(8 * 100);
    std::memcpy(&bytes[8 * 57], &value, 8);
    v4test::CheckpointMaker maker;
    maker.add("table", DType::i64, {50, 2}, bytes);
    auto checkpoint = maker.open("i64");
    format::ManifestT manifest;
    v4test::append(manifest, recipe("table", {"table"}, ElementType::i64, {50, 2}));
    Status status;
    pack(manifest, *checkpoint, {}, status);
    if (value == int32_t(value)) {
      EXPECT_TRUE(status.ok()) << status.text();
    } else {
      EXPECT_EQ("tensor 'table' has the value " + std::to_string(value) + ", which 32 bits do not hold",
                status.text());
      EXPECT_FALSE(manifest.weights_packed);
    }
  }
}

TEST(Packer, RefusesIdsBeyondTheirLimit) {
  for (int64_t value : {int64_t(7), int64_t(8), int64_t(-1)}) {
    std::vector<uint8_t> bytes(8 * 100);
    std::memcpy(&bytes[8 * 99], &value, 8);
    v4test::CheckpointMaker maker;
    maker.add("table", DType::i64, {50, 2}, bytes);
    auto checkpoint = maker.open("ids");
    format::ManifestT manifest;
    v4test::append(manifest, recipe("table", {"table"}, ElementType::i64, {50, 2}));
    manifest.weights.back()->id_limit = 8;
    Status status;
    pack(manifest, *checkpoint, {}, status);
    EXPECT_EQ(status.text(), value == 7 ? ""
                                        : "tensor 'table' has the id " + std::to_string(value) +
                                              ", but ids run from 0 to 7");
  }
}

// Scales of Base checkpoints.
TEST(Packer, ConvertsF32ScalesThatArePowersOfTwo) {
  std::vector<uint8_t> scales(4 * 255), codes(255);
  for (uint32_t code = 0; code < 255; ++code) {
    codes[code] = code;
    float value = std::ldexp(1.0f, int(code) - 127);
    std::memcpy(&scales[4 * code], &value, 4);
  }
  v4test::CheckpointMaker maker, published;
  maker.add("a", DType::f32, {15, 17}, scales);
  maker.add("b", DType::f8e8m0, {15, 17}, codes); // of one weight, both kinds
  published.add("a", DType::f8e8m0, {15, 17}, codes);
  published.add("b", DType::f8e8m0, {15, 17}, codes);
  std::string files[2];
  for (int i = 0; i < 2; ++i) {
    format::ManifestT manifest;
    v4test::append(manifest, recipe("rows", {"a", "b"}, ElementType::f8e8m0, {15, 17}));
    v4test::append(manifest, recipe("panels", {"a", "b"}, ElementType::f8e8m0, {15, 17}, Layout::panel, 16));
    Status status;
    files[i] = pack(manifest, *(i == 0 ? maker : published).open("scales"), {}, status);
    ASSERT_TRUE(status.ok()) << status.text();
  }
  EXPECT_TRUE(files[0] == files[1]);
}

TEST(Packer, RefusesF32ScalesThatAreNoPowersOfTwo) {
  const struct {
    float value;
    const char *text;
  } cases[] = {{3, "3"},          {0, "0"},
               {-1, "-1"},        {1e-40f, "9.9999461e-41"},
               {INFINITY, "inf"}, {0.99999994f, "0.99999994"}};
  for (auto [value, text] : cases) {
    std::vector<uint8_t> bytes(40, 0);
    for (int i = 0; i < 10; ++i) {
      float scale = i == 7 ? value : 0.5f;
      std::memcpy(&bytes[4 * i], &scale, 4);
    }
    v4test::CheckpointMaker maker;
    maker.add("w.scale", DType::f32, {5, 2}, bytes);
    format::ManifestT manifest;
    v4test::append(manifest, recipe("w.scale", {"w.scale"}, ElementType::f8e8m0, {5, 2}));
    Status status;
    pack(manifest, *maker.open("no-power"), {}, status);
    EXPECT_EQ(std::string("tensor 'w.scale' has the scale ") + text + ", but the program wants powers of two",
              status.text());
  }
}

TEST(Packer, ReportsTheFirstFailureWhateverTheThreads) {
  v4test::CheckpointMaker maker;
  format::ManifestT manifest;
  for (int i = 0; i < 20; ++i) {
    std::string name = "t" + std::to_string(i);
    std::vector<uint8_t> bytes(8 * 64, i < 5 ? 0 : 1);
    maker.add(name, DType::i64, {64}, bytes);
    v4test::append(manifest, recipe(name, {name}, ElementType::i64, {64}));
  }
  auto checkpoint = maker.open("failures");
  PackOptions options;
  options.threads = 4;
  options.blockBytes = 64;
  for (int i = 0; i < 20; ++i) {
    Status status;
    pack(manifest, *checkpoint, options, status);
    EXPECT_EQ("tensor 't5' has the value 72340172838076673, which 32 bits do not hold", status.text());
  }
}

TEST(Packer, ReportsAShardThatShrank) {
  v4test::CheckpointMaker maker;
  maker.add("a", DType::f32, {4096});
  auto checkpoint = maker.open("shrunk");
  format::ManifestT manifest;
  v4test::append(manifest, recipe("a", {"a"}, ElementType::f32, {4096}));
  std::filesystem::resize_file(checkpoint->files()[0].path(), 5000);
  Status status;
  pack(manifest, *checkpoint, {}, status);
  EXPECT_EQ(V4_IO_ERROR, status.code());
  EXPECT_NE(std::string::npos, status.text().find("model.safetensors' ends at byte 5000, but "))
      << status.text();
}

} // namespace

namespace {

TEST(Packer, PutsInputsOfAnOutputIntoWords) {
  v4test::CheckpointMaker maker;
  std::vector<uint8_t> rows(24);
  std::iota(rows.begin(), rows.end(), 1);
  maker.add("w", DType::f8e4m3, {3, 8}, rows);
  format::ManifestT manifest;
  v4test::append(manifest, recipe("w", {"w"}, ElementType::f8e4m3, {3, 8}, Layout::panel_words, 2));
  auto checkpoint = maker.open("words");
  Status status;
  std::string file = pack(manifest, *checkpoint, {}, status);
  ASSERT_TRUE(status.ok()) << status.text();
  std::string wanted = {1,  2,  3,  4,  9, 10, 11, 12, 5,  6,  7,  8,  13, 14, 15, 16,
                        17, 18, 19, 20, 0, 0,  0,  0,  21, 22, 23, 24, 0,  0,  0,  0};
  EXPECT_EQ(wanted, file.substr(sectionOf(file).offset, wanted.size()));
}

TEST(Packer, RefusesWeightsThatAreNoNumbers) {
  v4test::CheckpointMaker maker;
  maker.add("w", DType::f8e4m3, {2, 4}, {1, 2, 3, 4, 5, 6, 0xff, 8});
  format::ManifestT manifest;
  v4test::append(manifest, recipe("w", {"w"}, ElementType::f8e4m3, {2, 4}, Layout::panel_words, 2));
  auto checkpoint = maker.open("nan");
  Status status;
  pack(manifest, *checkpoint, {}, status);
  EXPECT_EQ(V4_INVALID_ARGUMENT, status.code());
  EXPECT_EQ("tensor 'w' has a weight that is not a number, in row 1 and column 2", status.text());
}

} // namespace

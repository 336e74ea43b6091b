#include "runtime/checkpoint/SafetensorsWriter.h"

#include "test/Support/Scratch.h"

#include <filesystem>
#include <gtest/gtest.h>

using namespace v4rt::checkpoint;

namespace {

TEST(SafetensorsWriter, WritesWhatTheReaderReads) {
  std::string path = v4test::scratchFolder("writer") + "/out.safetensors", error;
  const float logits[] = {1, -2, 3.5f, 4, 5, 6};
  const int64_t rows[] = {7, -8, int64_t(1) << 40};
  const uint8_t byte = 9;
  ASSERT_TRUE(writeSafetensors(path,
                               {{"logits", DType::f32, {2, 3}, logits},
                                {"u8 \"quoted\"", DType::u8, {}, &byte},
                                {"rows", DType::i64, {3}, rows},
                                {"none", DType::f32, {0, 4}, nullptr}},
                               {{"producer", "v4run"}}, error))
      << error;

  File file;
  SafetensorsHeader header;
  ASSERT_TRUE(file.open(path, error)) << error;
  ASSERT_TRUE(readSafetensorsHeader(file, header, error)) << error;
  ASSERT_EQ(4u, header.tensors.size());
  ASSERT_EQ(1u, header.metadata.size());
  EXPECT_EQ("v4run", header.metadata[0].second);
  EXPECT_EQ("logits", header.tensors[0].name);
  EXPECT_EQ((std::vector<int64_t>{2, 3}), header.tensors[0].shape);
  EXPECT_EQ(0u, header.tensors[0].offset % 8);
  float readLogits[6];
  ASSERT_TRUE(file.readAt(header.tensors[0].offset, readLogits, sizeof(readLogits), error)) << error;
  EXPECT_TRUE(std::equal(logits, logits + 6, readLogits));
  EXPECT_EQ("u8 \"quoted\"", header.tensors[1].name);
  EXPECT_TRUE(header.tensors[1].shape.empty());
  int64_t readRows[3];
  EXPECT_EQ("rows", header.tensors[2].name);
  EXPECT_EQ("none", header.tensors[3].name);
  ASSERT_TRUE(file.readAt(header.tensors[2].offset, readRows, sizeof(readRows), error)) << error;
  EXPECT_TRUE(std::equal(rows, rows + 3, readRows));
}

TEST(SafetensorsWriter, LeavesNothingBehindOnFailure) {
  std::string folder = v4test::scratchFolder("writer"), path = folder + "/out.safetensors", error;
  v4test::writeFile(path, "precious");
  const float one = 1;
  EXPECT_FALSE(
      writeSafetensors(path, {{"a", DType::f32, {1}, &one}, {"a", DType::f32, {1}, &one}}, {}, error));
  EXPECT_EQ("tensor 'a' is to be written twice", error);
  EXPECT_FALSE(writeSafetensors(path, {{"a", DType::f32, {-1}, &one}}, {}, error));
  EXPECT_EQ("tensor 'a' has the shape [-1], which has a negative extent", error);
  EXPECT_FALSE(writeSafetensors(path, {{"__metadata__", DType::f32, {1}, &one}}, {}, error));
  EXPECT_EQ("a tensor may not be named '__metadata__'", error);
  EXPECT_FALSE(writeSafetensors(path, {{"\xff", DType::f32, {1}, &one}}, {}, error));
  EXPECT_FALSE(writeSafetensors(folder + "/missing/out.safetensors", {}, {}, error));
  EXPECT_NE(error.npos, error.find("No such file or directory")) << error;
  EXPECT_EQ("precious", v4test::readFile(path));
  EXPECT_EQ(1, std::distance(std::filesystem::directory_iterator(folder), {}));
}

} // namespace

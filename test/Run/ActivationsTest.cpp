#include "tools/v4run/Activations.h"

#include "tools/v4run/Failure.h"

#include <cmath>
#include <gtest/gtest.h>

namespace v4run {

namespace {

using v4rt::checkpoint::DType;
using v4rt::checkpoint::TensorToWrite;

const std::string kIndexer = "layers.1.attn.indexer.";

void show(Activations &activations, const std::string &name, std::vector<int64_t> shape,
          const std::vector<float> &values) {
  Activations::observer(&activations, name.c_str(), V4_F32, static_cast<int32_t>(shape.size()), shape.data(),
                        values.data());
}

void show(Activations &activations, const std::string &name, std::vector<int64_t> shape,
          const std::vector<int32_t> &values) {
  Activations::observer(&activations, name.c_str(), V4_I32, static_cast<int32_t>(shape.size()), shape.data(),
                        values.data());
}

std::vector<TensorToWrite> tensors(Activations &activations, bool isBatch = false) {
  std::vector<TensorToWrite> result;
  activations.append(result, isBatch);
  return result;
}

template <typename T> std::vector<T> values(const TensorToWrite &tensor) {
  int64_t count = 1;
  for (int64_t extent : tensor.shape)
    count *= extent;
  const T *data = static_cast<const T *>(tensor.data);
  return {data, data + count};
}

TEST(TraceNames, Observed) {
  for (const char *name : {"layers.0.attn.q", "layers.12.hc_ffn.comb", "layers.3.ffn.gate.indices",
                           "hc_head.out", "norm.out", "layers.1.streams_out"})
    EXPECT_TRUE(isTraceName(name)) << name;
  for (const char *name : {"attn.q", "layers.attn.q", "layers.x.attn.q", "layers.0.attn.compressor.k",
                           "logits", "layers.0.norm.out", "layers.0", "layers.0.attn.q.more"})
    EXPECT_FALSE(isTraceName(name)) << name;
  EXPECT_TRUE(isEntriesName("layers.1.attn.compressor.entries"));
  EXPECT_TRUE(isEntriesName("layers.1.attn.indexer.entries"));
  EXPECT_FALSE(isEntriesName("layers.1.attn.window"));
}

// Rows of a step go to their sequences, also where the runtime shows a step in parts.
TEST(Activations, RowsOfSeveralSequencesAndParts) {
  Activations activations({{0, 3}, {0, 2}}, {});
  activations.beginStep({0, 0, 1});
  show(activations, "layers.0.attn.kv", {2, 2}, std::vector<float>{1, 2, 3, 4});
  show(activations, "layers.0.attn.compressor.k", {2, 1}, std::vector<float>{9, 9});
  show(activations, "layers.0.attn.kv", {1, 2}, std::vector<float>{5, 6});
  activations.beginStep({0, 1});
  show(activations, "layers.0.attn.kv", {2, 2}, std::vector<float>{7, 8, 9, 10});
  activations.finish();
  std::vector<TensorToWrite> written = tensors(activations, /*isBatch=*/true);
  ASSERT_EQ(written.size(), 2u);
  EXPECT_EQ(written[0].name, "layers.0.attn.kv.0");
  EXPECT_EQ(written[0].shape, std::vector<int64_t>({3, 2}));
  EXPECT_EQ(values<float>(written[0]), std::vector<float>({1, 2, 3, 4, 7, 8}));
  EXPECT_EQ(written[1].name, "layers.0.attn.kv.1");
  EXPECT_EQ(values<float>(written[1]), std::vector<float>({5, 6, 9, 10}));
}

// Five tokens, an entry each two, two chosen of at most two; what stands behind the ready ones is noise.
TEST(Activations, Indexer) {
  Activations activations({{1, 5}}, {{kIndexer + "entries", 2}}); // positions 1 to 5
  activations.beginStep({0, 0, 0, 0, 0});
  show(activations, kIndexer + "topk", {5, 2}, std::vector<int32_t>{0, -1, 0, -1, 0, 1, 0, 1, 1, 2});
  show(activations, kIndexer + "scores", {5, 4},
       std::vector<float>{4, 99, 99, 99, 4, NAN, 99, 99, 1, 3, 99, 99, 2, 2, 99, 99, 1, 3, 7, 99});
  activations.finish();
  std::vector<TensorToWrite> written = tensors(activations);
  ASSERT_EQ(written.size(), 3u);
  const float none = -INFINITY, free = INFINITY;
  EXPECT_EQ(written[0].name, kIndexer + "margin");
  EXPECT_EQ(written[0].shape, std::vector<int64_t>({5}));
  EXPECT_EQ(values<float>(written[0]), std::vector<float>({free, free, free, free, 2}));
  EXPECT_EQ(written[1].name, kIndexer + "scores");
  EXPECT_EQ(written[1].shape, std::vector<int64_t>({5, 3}));
  EXPECT_EQ(values<float>(written[1]),
            std::vector<float>({4, none, none, 4, none, none, 1, 3, none, 2, 2, none, 1, 3, 7}));
  EXPECT_EQ(written[2].dtype, DType::i32);
  EXPECT_EQ(values<int32_t>(written[2]), std::vector<int32_t>({0, -1, 0, -1, 1, 0, 0, 1, 2, 1}));
}

// Too short for any entry.
TEST(Activations, NoEntries) {
  Activations activations({{0, 1}}, {{kIndexer + "entries", 4}});
  activations.beginStep({0});
  show(activations, kIndexer + "scores", {1, 8}, std::vector<float>(8));
  show(activations, kIndexer + "topk", {1, 2}, std::vector<int32_t>{-1, -1});
  activations.addEntries(0, kIndexer + "entries", Activations::DType::f32, 3, {});
  activations.finish();
  std::vector<TensorToWrite> written = tensors(activations);
  ASSERT_EQ(written.size(), 4u);
  EXPECT_EQ(written[0].shape, std::vector<int64_t>({0, 3})); // entries
  EXPECT_EQ(values<float>(written[1]), std::vector<float>({INFINITY}));
  EXPECT_EQ(written[2].shape, std::vector<int64_t>({1, 0})); // scores
  EXPECT_EQ(written[3].shape, std::vector<int64_t>({1, 0})); // topk
}

TEST(Activations, WrongChoices) {
  for (std::vector<int32_t> chosen : {std::vector<int32_t>{1, -1}, {0, 0}, {-2, -1}, {1 << 30, -1}}) {
    Activations activations({{3, 1}}, {{kIndexer + "entries", 4}});
    activations.beginStep({0});
    show(activations, kIndexer + "scores", {1, 4}, std::vector<float>(4));
    show(activations, kIndexer + "topk", {1, 2}, chosen);
    EXPECT_THROW(activations.finish(), Failure);
  }
}

TEST(Activations, RowsAreMissing) {
  Activations activations({{0, 2}}, {});
  activations.beginStep({0, 0});
  show(activations, "norm.out", {1, 1}, std::vector<float>{1});
  EXPECT_THROW(activations.finish(), Failure);
}

TEST(Activations, TooManyRows) {
  Activations activations({{0, 1}}, {});
  activations.beginStep({0});
  show(activations, "norm.out", {2, 1}, std::vector<float>{1, 2});
  EXPECT_THROW(activations.finish(), Failure);
}

} // namespace
} // namespace v4run

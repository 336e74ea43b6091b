#include "runtime/pack/WeightPlan.h"

#include "test/Pack/Recipes.h"

#include <gtest/gtest.h>

using namespace v4rt;
using checkpoint::DType;
using format::ElementType;
using format::Layout;
using format::WeightT;
using v4test::recipe;

namespace {

std::string layoutError(WeightT weight) {
  uint64_t bytes;
  return packedBytes(weight, bytes).text();
}

uint64_t bytesOf(const WeightT &weight) {
  uint64_t bytes = 0;
  Status status = packedBytes(weight, bytes);
  EXPECT_TRUE(status.ok()) << status.text();
  return bytes;
}

TEST(WeightPlan, CountsPackedBytes) {
  EXPECT_EQ(4u, bytesOf(recipe("w", {"a"}, ElementType::f32, {})));
  EXPECT_EQ(2u * 35, bytesOf(recipe("w", {"a"}, ElementType::bf16, {5, 7})));
  EXPECT_EQ(3u * 2 * 35, bytesOf(recipe("w", {"a", "b", "c"}, ElementType::bf16, {5, 7})));
  EXPECT_EQ(4u * 35, bytesOf(recipe("w", {"a"}, ElementType::i64, {5, 7})));
  EXPECT_EQ(5u * 4, bytesOf(recipe("w", {"a"}, ElementType::f4e2m1, {5, 7})));
  EXPECT_EQ(2u * 8 * 7 * 16, bytesOf(recipe("w", {"a", "b"}, ElementType::f64, {5, 7}, Layout::panel, 16)));
  EXPECT_EQ(32u * 7, bytesOf(recipe("w", {"a"}, ElementType::f8e4m3, {17, 7}, Layout::panel, 16)));
  EXPECT_EQ(32u * 4, bytesOf(recipe("w", {"a"}, ElementType::f4e2m1, {17, 7}, Layout::panel_nibbles, 16)));
  EXPECT_EQ(32u * 8, bytesOf(recipe("w", {"a"}, ElementType::f8e4m3, {17, 8}, Layout::panel_words, 16)));
  EXPECT_EQ(32u * 8, bytesOf(recipe("w", {"a"}, ElementType::f4e2m1, {17, 16}, Layout::panel_words, 16)));
  EXPECT_EQ(4u * 32, bytesOf(recipe("w", {"a"}, ElementType::f32, {17}, Layout::panel, 16)));
  EXPECT_EQ(32u * 7, bytesOf(recipe("w", {"a"}, ElementType::f8e4m3, {17, 7}, Layout::rows, 16)));
  EXPECT_EQ(32u * 4, bytesOf(recipe("w", {"a"}, ElementType::f4e2m1, {17, 7}, Layout::rows, 16)));
  EXPECT_EQ(0u, bytesOf(recipe("w", {"a"}, ElementType::f32, {0, 17}, Layout::panel, 16)));
}

TEST(WeightPlan, RefusesRecipesWithoutAMeaning) {
  WeightT weight = recipe("w", {"a"}, ElementType::f32, {4, 4});
  weight.source_type = ElementType(99);
  EXPECT_EQ("weight 'w' has an unknown element type", layoutError(weight));
  weight = recipe("w", {"a"}, ElementType::f32, {4, 4});
  weight.type = ElementType::bf16;
  EXPECT_EQ("weight 'w' changes its type in a way other than i64 to i32", layoutError(weight));
  weight = recipe("w\n", {"a"}, ElementType::f32, {4, 4});
  weight.layout = Layout(99);
  EXPECT_EQ("weight 'w?' has an unknown layout", layoutError(weight));
  EXPECT_EQ("weight 'w' is f4e2m1, which goes into panels as panel_nibbles only",
            layoutError(recipe("w", {"a"}, ElementType::f4e2m1, {4, 4}, Layout::panel, 16)));
  for (auto [type, inputs] :
       {std::pair(ElementType::f8e4m3, 6), {ElementType::f4e2m1, 12}, {ElementType::f32, 8}})
    EXPECT_EQ("weight 'w' has the layout panel_words, but its rows do not fill words",
              layoutError(recipe("w", {"a"}, type, {4, uint64_t(inputs)}, Layout::panel_words, 4)));
  EXPECT_EQ("weight 'w' has the layout panel_nibbles, which is for f4e2m1 only",
            layoutError(recipe("w", {"a"}, ElementType::u8, {4, 4}, Layout::panel_nibbles, 16)));
  EXPECT_EQ("weight 'w' has a panel width outside 1 to 65536",
            layoutError(recipe("w", {"a"}, ElementType::f32, {4, 4}, Layout::panel, 0)));
  EXPECT_EQ("weight 'w' has a panel width outside 1 to 65536",
            layoutError(recipe("w", {"a"}, ElementType::f32, {4, 4}, Layout::panel, 65537)));
  EXPECT_EQ("weight 'w' is a scalar, which has no panels",
            layoutError(recipe("w", {"a"}, ElementType::f32, {}, Layout::panel, 16)));
  EXPECT_EQ("weight 'w' has panels and more than two dimensions",
            layoutError(recipe("w", {"a"}, ElementType::f32, {2, 2, 2}, Layout::panel, 16)));
  EXPECT_EQ("weight 'w' is f4e2m1, which comes in matrices only",
            layoutError(recipe("w", {"a"}, ElementType::f4e2m1, {8})));
  EXPECT_EQ("weight 'w' has panels of more than 64 MiB",
            layoutError(recipe("w", {"a"}, ElementType::f32, {16, (1 << 20) + 1}, Layout::panel, 16)));
  EXPECT_EQ("", layoutError(recipe("w", {"a"}, ElementType::f32, {16, 1 << 20}, Layout::panel, 16)));
  EXPECT_EQ("weight 'w' has no source", layoutError(recipe("w", {}, ElementType::f32, {4, 4})));
  const uint64_t large = uint64_t(1) << 40;
  for (WeightT weight : {recipe("w", {"a"}, ElementType::f32, {large, large}),
                         recipe("w", {"a"}, ElementType::u8, {uint64_t(1) << 62}),
                         recipe("w", {"a"}, ElementType::u8, {~uint64_t(0), 0}),
                         recipe("w", {"a"}, ElementType::f32, {large, large >> 18}, Layout::panel, 16)})
    EXPECT_EQ("weight 'w' is larger than any file", layoutError(weight));
}

struct Checked : testing::Test {
  v4test::CheckpointMaker maker;
  std::unique_ptr<checkpoint::Checkpoint> checkpoint;

  Checked() {
    maker.add("a", DType::bf16, {4, 6});
    maker.add("b", DType::bf16, {4, 5});
    maker.add("f", DType::i8, {4, 3});
    checkpoint = maker.open("plan");
  }

  // The error, with the folder of the checkpoint as DIR.
  std::string error(const WeightT &weight) {
    WeightPlan plan;
    std::string text = planWeight(weight, *checkpoint, plan).text();
    size_t at = text.find(checkpoint->folder());
    return at == text.npos ? text : text.replace(at, checkpoint->folder().size(), "DIR");
  }

  std::string sectionError(const format::ManifestT &manifest) {
    std::vector<WeightPlan> plans;
    return planWeights(manifest.weights, manifest.weights_bytes, *checkpoint, plans).text();
  }
};

TEST_F(Checked, ComparesRecipesWithTheCheckpoint) {
  EXPECT_EQ("", error(recipe("w", {"a"}, ElementType::bf16, {4, 6})));
  EXPECT_EQ("", error(recipe("w", {"f"}, ElementType::f4e2m1, {4, 5}, Layout::panel_nibbles, 16)));
  EXPECT_EQ("the checkpoint 'DIR' has no tensor 'c'",
            error(recipe("w", {"a", "c"}, ElementType::bf16, {4, 6})));
  EXPECT_EQ("tensor 'a' of 'DIR/model.safetensors' is BF16 [4, 6], but the program wants F32 [4, 6]",
            error(recipe("w", {"a"}, ElementType::f32, {4, 6})));
  EXPECT_EQ("tensor 'b' of 'DIR/model.safetensors' is BF16 [4, 5], but the program wants BF16 [4, 6]",
            error(recipe("w", {"a", "b"}, ElementType::bf16, {4, 6})));
  EXPECT_EQ("tensor 'a' of 'DIR/model.safetensors' is BF16 [4, 6], but the program wants BF16 [24]",
            error(recipe("w", {"a"}, ElementType::bf16, {24})));
  EXPECT_EQ("tensor 'f' of 'DIR/model.safetensors' is I8 [4, 3], but the program wants I8 [4, 4]",
            error(recipe("w", {"f"}, ElementType::f4e2m1, {4, 8})));
  WeightT weight = recipe("w", {"a"}, ElementType::bf16, {4, 6});
  weight.bytes = 47;
  EXPECT_EQ("weight 'w' is said to take 47 bytes, but its layout takes 48", error(weight));
}

TEST_F(Checked, RefusesWeightsThatOverlapOrReachOutside) {
  format::ManifestT manifest;
  v4test::append(manifest, recipe("v", {"a"}, ElementType::bf16, {4, 6}));
  v4test::append(manifest, recipe("w", {"a"}, ElementType::bf16, {4, 6}));
  EXPECT_EQ("", sectionError(manifest));
  manifest.weights[1]->offset = 65;
  EXPECT_EQ("weight 'w' begins at an offset that is not a multiple of 64", sectionError(manifest));
  manifest.weights[1]->offset = 0;
  EXPECT_EQ("weight 'w' overlaps the weight before it", sectionError(manifest));
  manifest.weights[1]->offset = 128;
  EXPECT_EQ("weight 'w' reaches beyond the end of the weights", sectionError(manifest));
  manifest.weights[1]->offset = ~uint64_t(63);
  EXPECT_EQ("weight 'w' reaches beyond the end of the weights", sectionError(manifest));
}

} // namespace

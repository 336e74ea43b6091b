// Gains of stacks of stream mappings: their algebra, the published effect, and a checkpoint against its
// goldens.
#include "codegen/Report/MeasureStability.h"

#include "dialects/V4/Reference/Ops.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "test/Support/Scratch.h"
#include "test/Support/TensorFile.h"

#include <gtest/gtest.h>

#include <cmath>

namespace mlir::v4 {
namespace {

TEST(MappingProduct, TakesTheTransposeFromTheLeft) {
  MappingProduct product(2);
  const double gather[] = {1, 1, 0, 0}; // both new streams are the first old one
  product.push(gather);
  EXPECT_NEAR(product.log10Rows(), 0, 1e-12);
  EXPECT_NEAR(product.log10Columns(), std::log10(2), 1e-12);
  const double add[] = {1, 0, 3, 0}; // the first becomes one and three times the second
  product.push(add);                 // [[1, 3], [0, 0]] [[1, 0], [1, 0]] = [[4, 0], [0, 0]]
  EXPECT_NEAR(product.log10Rows(), std::log10(4), 1e-12);
  EXPECT_NEAR(product.log10Columns(), std::log10(4), 1e-12);
}

TEST(MappingProduct, LeavesTheRangeOfDoubles) {
  MappingProduct product(2);
  const double large[] = {1e200, 0, 0, 1e200};
  for (int i = 0; i < 5; ++i)
    product.push(large);
  EXPECT_NEAR(product.log10Rows(), 1000, 1e-9);
  const double logits[] = {2000 * M_LN10, 0, 0, 2000 * M_LN10};
  product.pushExponentials(logits);
  EXPECT_NEAR(product.log10Rows(), 3000, 1e-9);
}

TEST(Synthetic, ShowsThePublishedEffect) {
  Stability stability = measureSynthetic();
  size_t last = stability.mappings() - 1;
  EXPECT_EQ(stability.mappings(), 122u);
  EXPECT_GT(stability.unprojected.larger(last), 3);
  EXPECT_LT(stability.unprojected.larger(last), 4);
  EXPECT_NEAR(std::pow(10, stability.projected.larger(last)), 1.6, 0.1);
  EXPECT_NEAR(stability.projected.rows[last], 0, 1e-3);
  EXPECT_LT(stability.unprojected.larger(0), 0.3);
}

TEST(Logits, AreWhatTheProjectionBeginsWith) {
  using reference::Tensor;
  constexpr int64_t streams = 3, width = 5, rows = (2 + streams) * streams;
  auto values = [](std::vector<int64_t> shape, double phase) {
    Tensor tensor(std::move(shape));
    for (int64_t i = 0; i < tensor.size(); ++i)
      tensor.data[i] = std::sin(phase + 1.7 * double(i));
    return tensor;
  };
  Tensor input = values({2, streams, width}, 1), fn = values({rows, streams * width}, 2),
         base = values({rows}, 3), scale = values({3}, 4);
  Tensor comb = reference::hcPre(input, fn, base, scale, 20, 1e-6, 1e-6).comb;
  Tensor logits = reference::hcLogits(input, fn, base, scale, 1e-6);
  for (int64_t t = 0; t < 2; ++t)
    reference::sinkhorn(logits.row(t), streams, 20, 1e-6);
  EXPECT_EQ(comb.data, logits.data);
}

TEST(Checkpoint, HasTheGainOfItsGoldens) {
  std::string folder = v4test::data("micro-f32"), error;
  auto checkpoint =
      v4rt::checkpoint::Checkpoint::open(folder, v4rt::checkpoint::Checkpoint::Weights::required, error);
  ASSERT_TRUE(checkpoint) << error;
  ModelConfig config;
  ASSERT_TRUE(parseConfig(checkpoint->config(), config, error)) << error;
  v4test::TensorFile golden = v4test::readTensors(folder + "/goldens/trace.safetensors");
  const v4test::Tensor &ids = golden.at("input_ids");
  std::vector<int64_t> tokens(ids.values.begin(), ids.values.end());

  GainCurve wanted;
  for (size_t token = 0; token < tokens.size(); ++token) {
    MappingProduct product(config.streams);
    for (int64_t site = 0; site < 2 * config.layers; ++site) {
      std::string name = "layers." + std::to_string(site / 2) + (site % 2 ? ".hc_ffn.comb" : ".hc_attn.comb");
      product.push(golden.at(name).row(static_cast<int64_t>(token)));
      wanted.raise(site, product);
    }
  }
  Stability stability;
  ASSERT_TRUE(measureStability(*checkpoint, config, tokens, "hf", stability, error)) << error;
  ASSERT_EQ(stability.mappings(), size_t(2 * config.layers));
  for (size_t depth = 0; depth < stability.mappings(); ++depth) {
    EXPECT_NEAR(stability.projected.rows[depth], wanted.rows[depth], 1e-5);
    EXPECT_NEAR(stability.projected.columns[depth], wanted.columns[depth], 1e-5);
    EXPECT_GT(stability.unprojected.rows[depth], stability.projected.rows[depth]);
  }
}

} // namespace
} // namespace mlir::v4

// The published figures of Pro and Flash, and their recomputation, out of the configurations alone.
#include "codegen/Report/Costs.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace mlir::v4 {
namespace {

constexpr double kMillion = 1 << 20;

ModelConfig readConfig(const std::string &name) {
  std::ifstream file(std::string(V4C_TEST_DATA) + "/configs/" + name + "/config.json");
  std::stringstream text;
  text << file.rdbuf();
  ModelConfig config;
  std::string error;
  EXPECT_TRUE(parseConfig(text.str(), config, error)) << error;
  return config;
}

struct Published {
  const char *name;
  double total, active, wide, cached, product, indexer, equivalent, operations, cache; // billions, %
};

class ReportCosts : public testing::TestWithParam<Published> {};

TEST_P(ReportCosts, MatchesThePublishedFigures) {
  Published want = GetParam();
  ModelConfig config = readConfig(want.name);
  ParameterCosts parameters = countParameters(config);
  EXPECT_NEAR(parameters.total() / 1e9, want.total, 0.05);
  EXPECT_NEAR(parameters.active() / 1e9, want.active, 0.005);
  EXPECT_NEAR(parameters.activeWide / 1e9, want.wide, 0.011);
  EXPECT_NEAR(cachedBytesPerToken(config), want.cached, 0.06);
  TokenCosts costs = countTokenCosts(config, kMillion), v32 = countTokenCostsOfV32(kMillion);
  EXPECT_NEAR(costs.products / 1e9, want.product, 0.05);
  EXPECT_NEAR(costs.indexer / 1e9, want.indexer, 0.05);
  EXPECT_NEAR(costs.equivalent() / 1e9, want.equivalent, 0.06);
  EXPECT_NEAR(100 * costs.equivalent() / v32.equivalent(), want.operations, 0.05);
  EXPECT_NEAR(100 * cachedBytesPerToken(config) / cachedBytesPerTokenOfV32(), want.cache, 0.005);
}

INSTANTIATE_TEST_SUITE_P(Models, ReportCosts,
                         testing::Values(Published{"deepseek-v4-pro", 1573.0, 48.85, 1.97, 5031.4, 97.7,
                                                   128.8, 319.4, 26.7, 10.47},
                                         Published{"deepseek-v4-flash", 284.33, 13.27, 0.92, 3514.3, 26.5,
                                                   90.2, 120.7, 10.1, 7.31}));

TEST(ReportCostsOfV32, MatchesTheRecomputation) {
  EXPECT_NEAR(activeParametersOfV32() / 1e9, 37.5, 0.05);
  EXPECT_EQ(cachedBytesPerTokenOfV32(), 48068);
  EXPECT_NEAR(countTokenCostsOfV32(kMillion).equivalent() / 1e9, 1194.4, 0.1);
}

} // namespace
} // namespace mlir::v4

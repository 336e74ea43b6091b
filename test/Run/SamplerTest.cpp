#include "tools/v4run/Sampler.h"

#include "tools/v4run/Failure.h"

#include <cmath>
#include <gtest/gtest.h>

namespace v4run {

static std::vector<int> draw(const SamplerOptions &options, const std::vector<float> &logits, int count) {
  Sampler sampler(options);
  std::vector<int> ids;
  for (int i = 0; i < count; ++i)
    ids.push_back(sampler.choose(logits.data(), logits.size()));
  return ids;
}

// The values of splitmix64 and xoshiro256** as published, for seed 0.
TEST(Random, FirstNumbers) {
  Random random(0);
  EXPECT_EQ(random.next(), 0x99ec5f36cb75f2b4u);
  EXPECT_EQ(random.next(), 0xbf6e1f784956452au);
  EXPECT_EQ(random.next(), 0x1a5f849d4933e6e0u);
}

TEST(Random, UnitInterval) {
  Random random(7);
  double sum = 0;
  for (int i = 0; i < 10000; ++i) {
    double u = random.unit();
    ASSERT_GE(u, 0);
    ASSERT_LT(u, 1);
    sum += u;
  }
  EXPECT_NEAR(sum / 10000, 0.5, 0.01);
}

TEST(Sampler, GreedyTakesTheLowerOfEqualOnes) {
  EXPECT_EQ(draw({}, {1, 5, 2, 5}, 1), std::vector<int>({1}));
  EXPECT_EQ(draw({}, {-3, -2, -2}, 2), std::vector<int>({1, 1}));
}

TEST(Sampler, SameSeedSameTokens) {
  std::vector<float> logits = {0.1f, 0.3f, -0.2f, 0.9f, 0};
  SamplerOptions options = {1.0, 1.0, 42};
  EXPECT_EQ(draw(options, logits, 50), draw(options, logits, 50));
  EXPECT_NE(draw(options, logits, 50), draw({1.0, 1.0, 43}, logits, 50));
}

TEST(Sampler, DrawsByProbability) {
  const double temperature = 0.7;
  std::vector<float> logits = {0, 1, -1};
  double weights[3], all = 0;
  for (int i = 0; i < 3; ++i)
    all += weights[i] = std::exp(logits[i] / temperature);
  const int draws = 20000;
  int counts[3] = {};
  for (int id : draw({temperature, 1, 3}, logits, draws))
    ++counts[id];
  for (int i = 0; i < 3; ++i)
    EXPECT_NEAR(counts[i] / double(draws), weights[i] / all, 0.015) << i;
}

// 4/7, 2/7, 1/7.
TEST(Sampler, TopPKeepsTheShortestBeginning) {
  std::vector<float> logits = {0, std::log(4.0f), std::log(2.0f)};
  for (int id : draw({1, 0.5, 1}, logits, 200))
    EXPECT_EQ(id, 1);
  bool second = false;
  for (int id : draw({1, 0.6, 1}, logits, 200)) {
    EXPECT_NE(id, 0);
    second |= id == 2;
  }
  EXPECT_TRUE(second);
}

TEST(Sampler, TopPZeroIsGreedy) {
  for (int id : draw({1, 0, 1}, {2, 2, 1}, 50))
    EXPECT_EQ(id, 0);
}

TEST(Sampler, LargeLogitsDoNotOverflow) {
  for (int id : draw({0.01, 1, 1}, {3e38f, -3e38f, 0}, 20))
    EXPECT_EQ(id, 0);
}

TEST(Sampler, RefusesWhatIsNoNumber) {
  EXPECT_THROW(draw({}, {1, NAN}, 1), Failure);
  EXPECT_THROW(draw({1, 1, 1}, {1, INFINITY}, 1), Failure);
}

} // namespace v4run

#include "runtime/sampling/Sampler.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

namespace v4rt {

static std::vector<int> draw(const SamplingOptions &options, const std::vector<float> &logits, int count) {
  Sampler sampler(options, logits.size());
  std::vector<int> ids;
  for (int i = 0; i < count; ++i) {
    int32_t id = -1;
    Status status = sampler.choose(logits.data(), id);
    EXPECT_TRUE(status.ok()) << status.text();
    ids.push_back(id);
  }
  return ids;
}

static SamplingOptions drawn(double temperature, double topP, uint64_t seed) {
  SamplingOptions options;
  options.temperature = temperature;
  options.topP = topP;
  options.seed = seed;
  return options;
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
  SamplingOptions options = drawn(1, 1, 42);
  EXPECT_EQ(draw(options, logits, 50), draw(options, logits, 50));
  EXPECT_NE(draw(options, logits, 50), draw(drawn(1, 1, 43), logits, 50));
}

TEST(Sampler, DrawsByProbability) {
  const double temperature = 0.7;
  std::vector<float> logits = {0, 1, -1};
  double weights[3], all = 0;
  for (int i = 0; i < 3; ++i)
    all += weights[i] = std::exp(logits[i] / temperature);
  const int draws = 20000;
  int counts[3] = {};
  for (int id : draw(drawn(temperature, 1, 3), logits, draws))
    ++counts[id];
  for (int i = 0; i < 3; ++i)
    EXPECT_NEAR(counts[i] / double(draws), weights[i] / all, 0.015) << i;
}

// 4/7, 2/7, 1/7.
TEST(Sampler, TopPKeepsTheShortestBeginning) {
  std::vector<float> logits = {0, std::log(4.0f), std::log(2.0f)};
  for (int id : draw(drawn(1, 0.5, 1), logits, 200))
    EXPECT_EQ(id, 1);
  bool second = false;
  for (int id : draw(drawn(1, 0.6, 1), logits, 200)) {
    EXPECT_NE(id, 0);
    second |= id == 2;
  }
  EXPECT_TRUE(second);
}

TEST(Sampler, TopPZeroIsGreedy) {
  for (int id : draw(drawn(1, 0, 1), {2, 2, 1}, 50))
    EXPECT_EQ(id, 0);
}

TEST(Sampler, LargeLogitsDoNotOverflow) {
  for (int id : draw(drawn(0.01, 1, 1), {3e38f, -3e38f, 0}, 20))
    EXPECT_EQ(id, 0);
}

TEST(Sampler, RefusesWhatIsNoNumber) {
  for (float bad : {NAN, INFINITY})
    for (double temperature : {0, 1}) {
      float logits[] = {1, bad};
      int32_t id = 0;
      EXPECT_NE(Sampler(drawn(temperature, 1, 1), 2).choose(logits, id).text().find("logit of token 1"),
                std::string::npos);
    }
}

TEST(Sampler, TopK) {
  SamplingOptions options = drawn(1, 1, 5);
  options.topK = 2;
  std::vector<int> ids = draw(options, {1, 3, 2, 2, 0}, 300);
  for (int id : ids)
    EXPECT_TRUE(id == 1 || id == 2) << id; // of equal ones the lower
  EXPECT_NE(std::find(ids.begin(), ids.end(), 2), ids.end());
  options.topK = 1;
  for (int id : draw(options, {1, 3, 2}, 50))
    EXPECT_EQ(id, 1);
}

// Probabilities 1, 0.5 and 0.1 times the largest.
TEST(Sampler, MinP) {
  std::vector<float> logits = {std::log(0.1f), 0, std::log(0.5f)};
  SamplingOptions options = drawn(1, 1, 5);
  options.minP = 0.3;
  std::vector<int> ids = draw(options, logits, 300);
  EXPECT_EQ(std::count(ids.begin(), ids.end(), 0), 0);
  EXPECT_NE(std::count(ids.begin(), ids.end(), 2), 0);
  options.minP = 1;
  for (int id : draw(options, logits, 50))
    EXPECT_EQ(id, 1);
}

TEST(Sampler, LogitBias) {
  SamplingOptions options;
  options.bias = {{1, -INFINITY}, {2, 2.5}};
  EXPECT_EQ(draw(options, {3, 9, 1}, 1), std::vector<int>({2}));
  options.temperature = 3;
  for (int id : draw(options, {3, 9, 1}, 200))
    EXPECT_NE(id, 1);
  float logits[] = {1, 2};
  int32_t id = 0;
  options.bias = {{0, -INFINITY}, {1, -INFINITY}};
  EXPECT_NE(Sampler(options, 2).choose(logits, id).text().find("no token is left"), std::string::npos);
}

// 3 / 2 < 2 and -1 * 2 < -1.5: what was there loses, whatever its sign.
TEST(Sampler, RepetitionPenaltyCountsThePrompt) {
  SamplingOptions options;
  options.repetitionPenalty = 2;
  for (std::vector<float> logits : {std::vector<float>{3, 2}, {-1, -1.5f}}) {
    Sampler sampler(options, 2);
    int32_t id = -1;
    sampler.begin({0});
    ASSERT_TRUE(sampler.choose(logits.data(), id).ok());
    EXPECT_EQ(id, 1);
    sampler.begin({});
    ASSERT_TRUE(sampler.choose(logits.data(), id).ok());
    EXPECT_EQ(id, 0);
  }
}

TEST(Sampler, PresenceAndFrequencyPenalties) {
  SamplingOptions options;
  options.presencePenalty = 1;
  EXPECT_EQ(draw(options, {2, 1.5f, 0}, 4), std::vector<int>({0, 1, 0, 0}));
  options.presencePenalty = 0;
  options.frequencyPenalty = 1;
  EXPECT_EQ(draw(options, {2.1f, 1.5f, 0}, 5), std::vector<int>({0, 1, 0, 1, 0}));
  // The prompt does not count.
  Sampler sampler(options, 2);
  sampler.begin({0, 0, 0});
  float logits[] = {2, 1.5f};
  int32_t id = -1;
  ASSERT_TRUE(sampler.choose(logits, id).ok());
  EXPECT_EQ(id, 0);
}

// The definition in Sampler.h, read off one step after the other.
static int plainChoice(const SamplingOptions &o, const std::vector<float> &logits, double u) {
  struct Entry {
    double weight;
    int id;
  };
  double largest = *std::max_element(logits.begin(), logits.end());
  std::vector<Entry> entries;
  for (size_t id = 0; id < logits.size(); ++id)
    entries.push_back({std::exp((logits[id] - largest) / o.temperature), int(id)});
  std::sort(entries.begin(), entries.end(), [](const Entry &a, const Entry &b) {
    return a.weight != b.weight ? a.weight > b.weight : a.id < b.id;
  });
  while (entries.back().weight < o.minP)
    entries.pop_back();
  if (o.topK > 0 && entries.size() > o.topK)
    entries.resize(o.topK);
  double sum = 0, kept = 0, running = 0;
  for (const Entry &entry : entries)
    sum += entry.weight;
  size_t count = 0;
  do
    kept += entries[count++].weight;
  while (count < entries.size() && kept < o.topP * sum);
  for (size_t i = 0; i < count; ++i)
    if ((running += entries[i].weight) > u * kept)
      return entries[i].id;
  return entries[count - 1].id;
}

TEST(Sampler, AgreesWithItsDefinition) {
  Random random(99);
  for (int round = 0; round < 3000; ++round) {
    SamplingOptions options =
        drawn(0.2 + 2 * random.unit(), random.next() % 3 ? random.unit() : 1, random.next());
    options.minP = random.next() % 2 ? 0.3 * random.unit() : 0;
    options.topK = random.next() % 2 ? uint32_t(random.next() % 30) : 0;
    std::vector<float> logits(1 + random.next() % 40);
    for (float &logit : logits)
      logit = random.next() % 4 ? float(8 * random.unit() - 4) : 1; // some are equal
    double u = Random(options.seed).unit();
    EXPECT_EQ(draw(options, logits, 1)[0], plainChoice(options, logits, u)) << "round " << round;
  }
}

} // namespace v4rt

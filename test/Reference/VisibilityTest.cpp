// The keys that a query sees, against the definition token by token (specification, section 4.3).
#include "dialects/V4/Reference/Ops.h"
#include "test/Reference/Values.h"

#include <gtest/gtest.h>

namespace {

using namespace mlir::v4::reference;
using namespace v4test;

constexpr int64_t kTokens = 601, kWindow = 128;

/// With a scale of 0 and no sink all keys weigh the same: the result is the mean of the keys, which are
/// random.
struct Visibility : testing::Test {
  Visibility() {
    for (int64_t t = 0; t < kTokens; ++t)
      EXPECT_FALSE(static_cast<bool>(ring.write(0, t, tokenKeys.row(t))));
    for (int64_t e = 0; e < kTokens; ++e)
      EXPECT_FALSE(static_cast<bool>(entries.write(0, e, entryKeys.row(e))));
  }

  /// The mean of the keys of tokens and entries that `seesToken` and `seesEntry` admit.
  template <typename SeesToken, typename SeesEntry>
  double mean(int64_t t, SeesToken seesToken, SeesEntry seesEntry) const {
    double sum = 0;
    int64_t count = 0;
    for (int64_t i = 0; i < kTokens; ++i) {
      if (seesToken(t, i))
        sum += tokenKeys.data[i], ++count;
      if (seesEntry(t, i))
        sum += entryKeys.data[i], ++count;
    }
    return sum / count;
  }

  template <typename SeesEntry> void check(llvm::Expected<Tensor> result, SeesEntry seesEntry) {
    ASSERT_TRUE(static_cast<bool>(result)) << llvm::toString(result.takeError());
    auto inWindow = [](int64_t t, int64_t token) { return token <= t && t - token < kWindow; };
    for (int64_t t = 0; t < kTokens; ++t)
      EXPECT_NEAR(result->data[t], mean(t, inWindow, seesEntry), 1e-12) << "query " << t;
  }

  std::mt19937 generator{3};
  Tensor tokenKeys = randomTensor({kTokens, 1}, generator), entryKeys = randomTensor({kTokens, 1}, generator);
  State ring{State::Kind::ring, kTokens, 1}, entries{State::Kind::entries, kTokens, 1};
  Tensor query = filled({kTokens, 1, 1}, 1), slots = filled({kTokens}, 0), positions = countFrom(0, kTokens);
  Tensor noSink = filled({1}, -std::numeric_limits<double>::infinity());
};

TEST_F(Visibility, Window) {
  check(windowAttention(query, ring, noSink, slots, positions, {kWindow, /*scale=*/0}),
        [](int64_t, int64_t) { return false; });
}

TEST_F(Visibility, EveryClosedEntry) {
  check(hcaAttention(query, ring, entries, noSink, slots, positions, 128, {kWindow, /*scale=*/0}),
        [](int64_t t, int64_t entry) { return 128 * entry + 127 <= t; });
}

TEST_F(Visibility, ChosenEntries) {
  constexpr int64_t k = 40, ratio = 4;
  Tensor scores = randomTensor({kTokens, kTokens / ratio}, generator);
  Tensor topk = indexTopk(scores, positions, ratio, k);
  auto chosen = [&](int64_t t, int64_t entry) {
    auto closed = [&](int64_t other) { return ratio * other + ratio - 1 <= t; };
    if (!closed(entry))
      return false;
    int64_t better = 0;
    for (int64_t other = 0; other < kTokens / ratio; ++other)
      better += closed(other) && scores.row(t)[other] > scores.row(t)[entry];
    return better < k;
  };
  check(csaAttention(query, ring, entries, topk, noSink, slots, positions, {kWindow, /*scale=*/0}), chosen);
}

TEST_F(Visibility, ScoresStopAtTheVisibleEntries) {
  llvm::Expected<Tensor> scores =
      indexScores(query, filled({kTokens, 1}, 1), entries, slots, positions, 4, kTokens / 4);
  ASSERT_TRUE(static_cast<bool>(scores));
  for (int64_t t = 0; t < kTokens; ++t)
    for (int64_t e = 0; e < kTokens / 4; ++e)
      EXPECT_EQ(std::isinf(scores->row(t)[e]), 4 * e + 3 > t) << t << ", " << e;
}

TEST(Topk, TiesGoToTheLowerEntry) {
  Tensor scores({3, 5}, {1, 3, 3, 3, 3, 0, 0, 0, 0, 0, 5, 4, 9, 9, 9});
  Tensor topk = indexTopk(scores, Tensor({3}, {9, 9, 3}), /*ratio=*/2, /*k=*/3);
  EXPECT_EQ(topk.data, (std::vector<double>{1, 2, 3, 0, 1, 2, 0, 1, -1}));
}

} // namespace

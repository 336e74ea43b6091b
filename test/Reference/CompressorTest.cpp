// The compressor over rings, fed in pieces, against the definition over a whole sequence (specification,
// sections 5.1 and 5.2).
#include "dialects/V4/Reference/Ops.h"
#include "test/Reference/Values.h"

#include <gtest/gtest.h>

namespace {

using namespace mlir::v4::reference;
using namespace v4test;

struct Sequence {
  Tensor keys, gates; // [tokens, channels]
  Tensor ape;         // [ratio, channels]
  int64_t ratio;
  bool overlap;

  int64_t width() const { return overlap ? keys.dim(1) / 2 : keys.dim(1); }
};

/// Entry `block` channel `c` by the definition: the tokens that take part, then a softmax over them.
double defined(const Sequence &sequence, int64_t block, int64_t c) {
  double top = -1e300, sum = 0, value = 0;
  std::vector<std::pair<double, double>> rows; // gate and key
  auto takePart = [&](int64_t token, int64_t channel) {
    double gate = sequence.gates.row(token)[channel] + sequence.ape.row(token % sequence.ratio)[channel];
    rows.push_back({gate, sequence.keys.row(token)[channel]});
    top = std::max(top, gate);
  };
  for (int64_t token = 0; token < sequence.keys.rows(); ++token) {
    if (sequence.overlap && token / sequence.ratio == block - 1)
      takePart(token, c);
    if (token / sequence.ratio == block)
      takePart(token, sequence.overlap ? sequence.width() + c : c);
  }
  for (auto [gate, key] : rows) {
    sum += std::exp(gate - top);
    value += std::exp(gate - top) * key;
  }
  return value / sum;
}

Tensor rowsOf(const Tensor &tensor, int64_t begin, int64_t end) {
  Tensor part({end - begin, tensor.width()});
  std::copy(tensor.row(begin), tensor.row(begin) + part.size(), part.data.begin());
  return part;
}

/// Writes and compresses `sequence` in pieces that end at `cuts`; rings hold no more than they must.
Tensor streamed(const Sequence &sequence, std::vector<int64_t> cuts) {
  int64_t tokens = sequence.keys.rows(), longest = 0, begin = 0;
  cuts.push_back(tokens);
  for (int64_t cut : cuts)
    longest = std::max(longest, cut - std::exchange(begin, cut));
  int64_t rows = sequence.ratio * (sequence.overlap ? 2 : 1) + longest - 1;
  State keys(State::Kind::ring, rows, sequence.keys.dim(1)), gates = keys;
  State entries(State::Kind::entries, tokens / sequence.ratio + 1, sequence.width());
  begin = 0;
  for (int64_t cut : cuts) {
    Tensor slots = filled({cut - begin}, 3), positions = countFrom(begin, cut);
    EXPECT_FALSE(static_cast<bool>(ringWrite(rowsOf(sequence.keys, begin, cut), keys, slots, positions)));
    EXPECT_FALSE(static_cast<bool>(ringWrite(rowsOf(sequence.gates, begin, cut), gates, slots, positions)));
    llvm::Expected<Tensor> pooled =
        compress(keys, gates, sequence.ape, slots, positions, sequence.ratio, sequence.overlap);
    if (!pooled) {
      ADD_FAILURE() << llvm::toString(pooled.takeError());
      return {};
    }
    EXPECT_FALSE(static_cast<bool>(entryWrite(*pooled, entries, slots, positions, sequence.ratio)));
    begin = cut;
  }
  return entries.written(3);
}

void checkAllCuts(int64_t tokens, int64_t ratio, bool overlap) {
  std::mt19937 generator(7);
  int64_t channels = overlap ? 6 : 3;
  Sequence sequence{randomTensor({tokens, channels}, generator), randomTensor({tokens, channels}, generator),
                    randomTensor({ratio, channels}, generator), ratio, overlap};
  Tensor whole = streamed(sequence, {});
  ASSERT_EQ(whole.rows(), tokens / ratio);
  for (int64_t block = 0; block < whole.rows(); ++block)
    for (int64_t c = 0; c < sequence.width(); ++c)
      EXPECT_NEAR(whole.row(block)[c], defined(sequence, block, c), 1e-14) << block << ", " << c;
  for (int64_t cut = 1; cut < tokens; ++cut)
    EXPECT_EQ(streamed(sequence, {cut}).data, whole.data) << "cut at " << cut;
  std::vector<int64_t> everywhere;
  for (int64_t cut = 1; cut < tokens; ++cut)
    everywhere.push_back(cut);
  EXPECT_EQ(streamed(sequence, everywhere).data, whole.data);
}

TEST(Compressor, StreamedIsBatchWithOverlap) { checkAllCuts(23, 4, true); }
TEST(Compressor, StreamedIsBatchWithoutOverlap) { checkAllCuts(30, 8, false); }
TEST(Compressor, StreamedIsBatchAtRatio128) { checkAllCuts(300, 128, false); }

TEST(Compressor, FirstBlockHasNoPredecessor) {
  // Gates of zero weigh all rows alike: 4 rows in the first block, 8 in the second.
  Sequence sequence{Tensor({8, 2}), Tensor({8, 2}), Tensor({4, 2}), 4, true};
  for (int64_t t = 0; t < 8; ++t) {
    sequence.keys.row(t)[0] = 100 + t; // serves the next block
    sequence.keys.row(t)[1] = t;       // serves the own
  }
  Tensor entries = streamed(sequence, {});
  ASSERT_EQ(entries.size(), 2);
  EXPECT_DOUBLE_EQ(entries.data[0], 1.5);
  EXPECT_DOUBLE_EQ(entries.data[1], (101.5 + 5.5) / 2);
}

TEST(Compressor, RowsThatCloseNoBlockAreZero) {
  State ring(State::Kind::ring, 8, 1);
  Tensor slots = filled({6}, 0), positions = countFrom(0, 6);
  ASSERT_FALSE(static_cast<bool>(ringWrite(filled({6, 1}, 5), ring, slots, positions)));
  llvm::Expected<Tensor> pooled = compress(ring, ring, Tensor({4, 1}), slots, positions, 4, false);
  ASSERT_TRUE(static_cast<bool>(pooled));
  EXPECT_EQ(pooled->data, (std::vector<double>{0, 0, 0, 5, 0, 0}));
}

TEST(Compressor, RingThatLostARow) {
  State ring(State::Kind::ring, 3, 1);
  Tensor slots = filled({4}, 0), positions = countFrom(0, 4);
  ASSERT_FALSE(static_cast<bool>(ringWrite(filled({4, 1}, 5), ring, slots, positions)));
  llvm::Expected<Tensor> pooled = compress(ring, ring, Tensor({4, 1}), slots, positions, 4, false);
  ASSERT_FALSE(static_cast<bool>(pooled));
  EXPECT_EQ(llvm::toString(pooled.takeError()), "the ring of 3 rows does not hold position 0 of slot 0");
}

} // namespace

// Specification, sections 5.1, 5.2 and 10.1.
#include "dialects/V4/Reference/Ops.h"
#include "dialects/V4/Reference/Quantise.h"

#include <cmath>

namespace mlir::v4::reference {
namespace {

/// Whether the token at `position` completes a block of `ratio`.
bool closesBlock(int64_t position, int64_t ratio) { return (position + 1) % ratio == 0; }

/// One token of a block: its keys and its gates with the position's bias, the channels that this block uses.
struct PooledRow {
  const double *keys;
  const double *gates;
  const double *bias;
};

/// Per channel: the softmax of the gates over the rows weighs the keys; `bf16` rounds its weights.
void pool(ArrayRef<PooledRow> rows, int64_t width, bool bf16, double *result) {
  for (int64_t c = 0; c < width; ++c) {
    double top = rows[0].gates[c] + rows[0].bias[c];
    for (const PooledRow &row : rows)
      top = std::max(top, row.gates[c] + row.bias[c]);
    SmallVector<double> weights;
    double sum = 0, value = 0;
    for (const PooledRow &row : rows)
      sum += weights.emplace_back(std::exp(row.gates[c] + row.bias[c] - top));
    for (auto [row, weight] : llvm::zip_equal(rows, weights))
      value += toBF16If(bf16, weight / sum) * row.keys[c];
    result[c] = value;
  }
}

/// Appends the tokens of the block that begins at `first`, channels from `channel` on.
Error appendBlock(const State &values, const State &gates, const Tensor &ape, int64_t slot, int64_t first,
                  int64_t ratio, int64_t channel, SmallVectorImpl<PooledRow> &rows) {
  for (int64_t j = 0; j < ratio; ++j) {
    Expected<const double *> keyRow = values.read(slot, first + j);
    if (!keyRow)
      return keyRow.takeError();
    Expected<const double *> gateRow = gates.read(slot, first + j);
    if (!gateRow)
      return gateRow.takeError();
    rows.push_back({*keyRow + channel, *gateRow + channel, ape.row(j) + channel});
  }
  return Error::success();
}

} // namespace

Error ringWrite(const Tensor &input, State &ring, const Tensor &slots, const Tensor &positions) {
  for (int64_t t = 0; t < input.rows(); ++t)
    if (Error error = ring.write(slots.id(t), positions.id(t), input.row(t)))
      return error;
  return Error::success();
}

Error entryWrite(const Tensor &input, State &entries, const Tensor &slots, const Tensor &positions,
                 int64_t ratio) {
  for (int64_t t = 0; t < input.rows(); ++t)
    if (closesBlock(positions.id(t), ratio))
      if (Error error = entries.write(slots.id(t), positions.id(t) / ratio, input.row(t)))
        return error;
  return Error::success();
}

Expected<Tensor> compress(const State &values, const State &gates, const Tensor &ape, const Tensor &slots,
                          const Tensor &positions, int64_t ratio, bool overlap, bool bf16) {
  int64_t width = overlap ? values.width() / 2 : values.width();
  Tensor result({positions.rows(), width});
  for (int64_t t = 0; t < positions.rows(); ++t) {
    if (!closesBlock(positions.id(t), ratio))
      continue;
    int64_t slot = slots.id(t), first = positions.id(t) + 1 - ratio;
    SmallVector<PooledRow> rows;
    // With overlap the first half of a token's channels serves the next block, the second half its own.
    if (overlap && first > 0)
      if (Error error = appendBlock(values, gates, ape, slot, first - ratio, ratio, 0, rows))
        return error;
    if (Error error = appendBlock(values, gates, ape, slot, first, ratio, overlap ? width : 0, rows))
      return error;
    pool(rows, width, bf16, result.row(t));
  }
  return result;
}

} // namespace mlir::v4::reference

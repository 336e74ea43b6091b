// Attention of a block of heads of one row: the program's `headTile` heads from `firstHead` on.
#pragma once

#include "passes/ModelToTile/Records.h"

namespace mlir::v4 {

/// Part of the key list: numbers begin .. end - 1.
struct KeyRange {
  KeySource keys;
  Value begin, end;
  int64_t most;                           // keys at most
  std::function<Value(Value first)> rows; // rows of the keys first .. first + keys() - 1, -1 none
  std::function<Value(Value number)> row; // i32: the row of one key
  bool hasGaps;                           // row may be -1
};

struct HeadBlock {
  Value query, output, sink; // memory: [rows, heads * size] twice, [heads]
  Value slot;
  APFloat scale;
  bool rounds; // weights to bf16
  ArrayRef<KeyRange> ranges;
};

// Where a tile of keys ends depends on the row's position alone.

/// For matrix units. Keys are read once: their scores are scaled by the largest so far, and what was summed
/// before is scaled down when a larger one comes. `heads` is the number of all heads.
void attendHeads(KernelBuilder &k, const HeadBlock &block, int64_t heads, int64_t size);

/// For vectors whose lanes are heads. Keys are read twice: weights are rounded relative to the largest score
/// of all, so all scores come first.
void attendHeadLanes(KernelBuilder &k, const HeadBlock &block, int64_t size);

/// Heads whose scores a program has memory for, if `op` is attention.
int64_t getMostHeadLanes(Operation *op);

} // namespace mlir::v4

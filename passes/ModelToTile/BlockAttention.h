// Attention of a block of heads of one row: the program's `headTile` heads from `firstHead` on.
#pragma once

#include "passes/ModelToTile/Records.h"

namespace mlir::v4 {

/// Part of the key list: numbers begin .. end - 1.
struct KeyRange {
  KeySource keys;
  Value begin, end;
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

// Keys are read once: their scores are scaled by the largest so far, and what was summed before is scaled
// down when a larger one comes. Where a tile of keys ends depends on the row's position alone.

/// For matrix units. `heads` is the number of all heads.
void attendHeads(KernelBuilder &k, const HeadBlock &block, int64_t heads, int64_t size);

/// For vectors whose lanes are heads.
void attendHeadLanes(KernelBuilder &k, const HeadBlock &block, int64_t size);

} // namespace mlir::v4

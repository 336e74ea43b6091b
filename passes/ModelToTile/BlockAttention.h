// Attention of many heads over the same keys, for matrix units.
#pragma once

#include "passes/ModelToTile/KernelBuilder.h"

namespace mlir::v4 {

/// Part of the key list.
struct KeyRange {
  Value keys;                             // memory of the state
  Value begin, end;                       // loop over [begin, end) in steps of keys()
  int64_t place;                          // of the score of `begin` in scratch memory
  std::function<Value(Value first)> rows; // rows of the keys first .. first + keys() - 1, -1 none
};

struct HeadBlock {
  Value query, output, sink; // memory: [rows, heads * size] twice, [heads]
  Value slot;
  APFloat scale;
  bool rounds; // weights to bf16
  ArrayRef<KeyRange> ranges;
};

/// The program's `headTile` heads from `firstHead` on, of `heads` in all. Keys are read once: their scores
/// are scaled by the largest so far, and what was summed before is scaled down when a larger one comes.
void attendHeads(KernelBuilder &k, const HeadBlock &block, int64_t heads, int64_t size);

} // namespace mlir::v4

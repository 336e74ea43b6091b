// Whole sequences through a step function.
#pragma once

#include "dialects/V4/Reference/Executor.h"

namespace mlir::v4::reference {

/// What a sequence gave: logits of all its tokens, and every observed result with its rows in order. Rows of
/// index scores are as wide as the longest, minus infinity behind the visible entries.
struct SequenceResult {
  Tensor logits;
  llvm::MapVector<StringRef, Tensor> observed;
};

/// The longest step whose rows fit the rings that `step` reads back, looking at the ops' windows and ratios.
int64_t longestStep(func::FuncOp step);

/// Appends `tokens` to the sequence in `slot`, which has `position` tokens, through `step`, a function of
/// tokens, slots, positions and logit rows; at most `chunk` tokens a call.
llvm::Expected<SequenceResult> runSequence(Executor &executor, func::FuncOp step, ArrayRef<int64_t> tokens,
                                           int64_t slot, int64_t position, int64_t chunk);

} // namespace mlir::v4::reference

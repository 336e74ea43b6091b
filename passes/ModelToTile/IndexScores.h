// Index scores, of numbers (IndexerOps.cpp) and of codes (IndexCodes.cpp).
#pragma once

#include "passes/ModelToTile/KernelBuilder.h"

namespace mlir::v4 {

/// The score, or one for each row of `dots`, that the heads' products with a key make with their weights.
Value sumOfHeads(KernelBuilder &k, Value dots, Value weights, NumericsAttr numerics);

/// Scores on a CPU of an op with `codes`.
void emitIndexCodes(KernelBuilder &k, IndexScoresOp op);

} // namespace mlir::v4

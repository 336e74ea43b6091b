// What a launch costs in a step of one token, by its weights; for reports, decides nothing.
#pragma once

#include "dialects/Rt/IR/RtDialect.h"

namespace mlir::v4 {

struct Cost {
  int64_t bytesRead = 0; // of packed weights
  int64_t flops = 0;     // of products with weights
};

/// Matrices in panels or rows are read whole and multiplied, of a stack the chosen experts' share; of a table one row is read.
Cost estimateCost(rt::LaunchOp op);

} // namespace mlir::v4

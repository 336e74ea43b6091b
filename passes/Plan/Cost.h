// What a launch costs in a step of one token; for reports, decides nothing.
#pragma once

#include "dialects/Rt/IR/RtDialect.h"

namespace mlir::v4 {

/// Matrices in panels or rows are read whole and multiplied, of a stack the chosen experts' share; of a table
/// one row is read. Values are read and written once, and what the launch says of states is added.
rt::CostAttr estimateCost(rt::LaunchOp op);

} // namespace mlir::v4

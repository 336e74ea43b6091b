// What a step of one token takes from states, and computes with it.
#pragma once

#include "dialects/Rt/IR/RtDialect.h"
#include "dialects/V4/IR/V4Dialect.h"

namespace mlir::v4 {

/// The parts of a kernel's cost that lie in its ops: bytes of states read and written, and operations of
/// attention and index scores. Null if there are none.
rt::CostAttr getStateCost(KernelOp kernel);

} // namespace mlir::v4

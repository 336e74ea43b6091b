// How a kernel's work is divided among its programs.
#pragma once

#include "dialects/Rt/IR/RtDialect.h"
#include "passes/ModelToTile/KernelBuilder.h"

namespace mlir::v4 {

/// Emits the body of `kernel` as one program does it. Returns the grid, `rt.dim` attributes; `extent` says
/// which rows the kernel runs over.
FailureOr<SmallVector<Attribute>> emitPrograms(KernelBuilder &k, KernelOp kernel, rt::Extent extent);

} // namespace mlir::v4

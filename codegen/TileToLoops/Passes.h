// The exit of the simulated device; see Passes.td.
#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::v4 {

#define GEN_PASS_DECL
#include "codegen/TileToLoops/Passes.h.inc"

// From `tile.kernel` to the LLVM dialect.
void buildTileToLoopsToLLVM(OpPassManager &passes);

void registerLoopPasses();

} // namespace mlir::v4

// The passes of the CPU exit; see Passes.td for what each one does.
#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::v4 {

#define GEN_PASS_DECL
#include "codegen/TileToVector/Passes.h.inc"

// From `tile.kernel` to the LLVM dialect, for processors with vectors of so many bits.
void buildTileToLLVM(OpPassManager &passes, unsigned vectorBits, bool sumsBytes);

// expand-math-functions' patterns for functions of f32, on scalars, vectors and tensors.
void populateMathExpansions(RewritePatternSet &patterns);

// Registers the passes above and the pipeline `convert-tile-to-llvm`.
void registerHostPasses();

} // namespace mlir::v4

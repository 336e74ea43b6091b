// The passes of the CPU exit; see Passes.td for what each one does.
#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::v4 {

#define GEN_PASS_DECL
#include "codegen/TileToVector/Passes.h.inc"

// From `tile.kernel` to the LLVM dialect, for such processors.
void buildTileToLLVM(OpPassManager &passes, const ConvertTileToVectorOptions &processor);

// Whether a kernel in `module` has other code where there are BF16 dots.
bool usesBf16Dots(ModuleOp module);

// expand-math-functions' patterns for functions of f32, on scalars, vectors and tensors.
void populateMathExpansions(RewritePatternSet &patterns);

// Registers the passes above and the pipeline `convert-tile-to-llvm`.
void registerHostPasses();

} // namespace mlir::v4

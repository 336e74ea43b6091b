// The pass of the simulated device's kernels.
#ifndef CODEGEN_TILETOLOOPS_PASSES
#define CODEGEN_TILETOLOOPS_PASSES

include "mlir/Pass/PassBase.td"

def ConvertTileToLoops : Pass<"convert-tile-to-loops", "::mlir::ModuleOp"> {
  let summary = "turn kernels into functions of loops over tiles in memory";
  let description = [{
    The function of `convert-tile-to-vector` for tiles of any size, with the same bits: tiles are pieces of the function's
    stack, ops are loops over them. Every access is checked against `KernelArgs::bytes` and the shape of its memory; one that
    reaches beyond is noted in `KernelArgs::fault` and not made.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::math::MathDialect", "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect",
  ];
}

#endif

#include "tools/v4-opt/Registration.h"

#include "codegen/Host/HostCodegen.h"
#include "codegen/TileToLoops/Passes.h"
#include "codegen/TileToTriton/Passes.h"
#include "codegen/TileToVector/Passes.h"
#include "dialects/Rt/IR/RtDialect.h"
#include "dialects/Tile/IR/TileDialect.h"
#include "dialects/Triton/IR/TritonDialect.h"
#include "dialects/V4/IR/V4Dialect.h"
#include "dialects/V4/Reference/Pass.h"
#include "passes/Passes.h"
#include "passes/Pipelines.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/Passes.h"

namespace mlir::v4 {

void registerAll(DialectRegistry &registry) {
  registry.insert<arith::ArithDialect, func::FuncDialect, LLVM::LLVMDialect, math::MathDialect,
                  memref::MemRefDialect, scf::SCFDialect, tensor::TensorDialect, vector::VectorDialect>();
  registry.insert<V4Dialect, tile::TileDialect, rt::RtDialect, tt::TritonDialect, gpu::GPUDialect>();
  registerHostDialects(registry);
  registerTransformsPasses();
  registerHostPasses();
  registerTritonPasses();
  registerLoopPasses();
  registerV4Passes();
  registerPhasePipelines();
  registerReferencePass();
}

} // namespace mlir::v4

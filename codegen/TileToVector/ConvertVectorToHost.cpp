#include "codegen/TileToVector/Passes.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

namespace mlir::v4 {

#define GEN_PASS_DEF_CONVERTVECTORTOHOST
#include "codegen/TileToVector/Passes.h.inc"

namespace {

struct ConvertVectorToHost final : impl::ConvertVectorToHostBase<ConvertVectorToHost> {
  void runOnOperation() override {
    MLIRContext &context = getContext();
    LLVMTypeConverter converter(&context);
    RewritePatternSet patterns(&context);
    arith::populateArithToLLVMConversionPatterns(converter, patterns);
    cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
    populateFuncToLLVMConversionPatterns(converter, patterns);
    populateMathToLLVMConversionPatterns(converter, patterns);
    populateVectorToLLVMConversionPatterns(converter, patterns);

    LLVMConversionTarget target(context);
    target.addLegalOp<ModuleOp>();
    if (failed(applyFullConversion(getOperation(), target, std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

void buildTileToLLVM(OpPassManager &passes, const ConvertTileToVectorOptions &processor) {
  passes.addPass(createConvertTileToVector(processor));
  passes.addNestedPass<func::FuncOp>(createExpandMathFunctions());
  passes.addNestedPass<func::FuncOp>(createCSEPass());
  passes.addNestedPass<func::FuncOp>(createSplitCarriedVectors());
  passes.addPass(createSCFToControlFlowPass());
  passes.addPass(createConvertVectorToHost());
}

#define GEN_PASS_REGISTRATION
#include "codegen/TileToVector/Passes.h.inc"

void registerHostPasses() {
  registerCodegenHostPasses();
  PassPipelineRegistration<>("convert-tile-to-llvm", "turn kernels into functions of the LLVM dialect",
                             [](OpPassManager &passes) { buildTileToLLVM(passes, {}); });
}

} // namespace mlir::v4

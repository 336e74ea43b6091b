// func @step -> func @decode, func @prefill.
#include "passes/Passes.h"

#include "mlir/IR/Builders.h"

namespace mlir::v4 {
#define GEN_PASS_DEF_SPECIALISESTEPS
#include "passes/Passes.h.inc"

namespace {

struct SpecialiseSteps final : impl::SpecialiseStepsBase<SpecialiseSteps> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto step = module.lookupSymbol<func::FuncOp>("step");
    if (!step) {
      module.emitError("has no function 'step' to specialise");
      return signalPassFailure();
    }
    auto model = module->getAttrOfType<DictionaryAttr>("v4.model");
    auto stepTokens = model ? model.getAs<IntegerAttr>("max_step_tokens") : IntegerAttr();
    if (!stepTokens) {
      module.emitError("needs 'max_step_tokens' in its 'v4.model' attribute");
      return signalPassFailure();
    }
    int64_t largest = stepTokens.getInt();
    // Programs ascend in the size of their steps; a model with tiny steps needs one only.
    if (decodeTokens < largest)
      specialise(step, "decode", decodeTokens, /*tile=*/1);
    specialise(step, "prefill", largest, rowTile);
    step.erase();
  }

  void specialise(func::FuncOp step, StringRef name, int64_t maxTokens, int64_t tile) {
    OpBuilder builder(step);
    func::FuncOp clone = step.clone();
    clone.setSymName(name);
    clone->setAttr("v4.max_tokens", builder.getI64IntegerAttr(maxTokens));
    clone->setAttr("v4.row_tile", builder.getI64IntegerAttr(tile));
    builder.insert(clone);
  }
};

} // namespace
} // namespace mlir::v4

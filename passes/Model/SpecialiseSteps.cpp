// func @step -> func @decode, func @prefill.
#include "passes/Passes.h"

#include "passes/Schedule/ScheduleTable.h"

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
    const TargetFacts *target = getTarget(module);
    if (!target) {
      module.emitError("is for ") << module->getAttr("v4.target") << ", which is no target";
      return signalPassFailure();
    }
    int64_t largest = stepTokens.getInt();
    int64_t ofDecode = decodeTokens ? int64_t(decodeTokens) : target->decodeTokens;
    // Programs ascend in the size of their steps; a model with tiny steps needs one only.
    if (ofDecode < largest)
      specialise(step, "decode", ofDecode, target->decodeRows);
    int64_t rows = rowTile ? int64_t(rowTile) : target->prefillRows;
    // Only matrix units need whole tiles.
    specialise(step, "prefill", largest, target->isGpu() ? rows : std::min(rows, largest));
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

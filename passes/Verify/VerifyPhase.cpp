#include "passes/Passes.h"
#include "passes/Pipelines.h"
#include "passes/Verify/Rules.h"

namespace mlir::v4 {
#define GEN_PASS_DEF_VERIFYPHASE
#include "passes/Passes.h.inc"

static bool isModuleWithoutModel(Operation *op) {
  return isa<ModuleOp>(op) && !op->getAttrOfType<DictionaryAttr>("v4.model");
}
static bool isStep(Operation *op) {
  auto func = dyn_cast<func::FuncOp>(op);
  return func && func.getSymName() == "step";
}
static bool isProgramWithoutSize(Operation *op) {
  return isa<func::FuncOp>(op) && (!op->hasAttr("v4.max_tokens") || !op->hasAttr("v4.row_tile"));
}
static bool isLooseOp(Operation *op) {
  return isa<ComputeOpInterface>(op) && !op->getParentOfType<KernelOp>();
}
static bool isWholeExpert(Operation *op) { return isa<ExpertsOp, SharedExpertOp>(op); }
static bool isWeightWithoutLayout(Operation *op) {
  auto weight = dyn_cast<WeightOp>(op);
  return weight && !weight.getLayoutAttr();
}
static bool isModelOp(Operation *op) { return isa<KernelOp, ComputeOpInterface>(op); }
static bool isFunction(Operation *op) { return isa<func::FuncOp, rt::LaunchOp, WeightOp, StateOp>(op); }
static bool isWithoutPlace(Operation *op) {
  if (auto buffer = dyn_cast<rt::BufferOp>(op))
    return !buffer.getOffset();
  auto weight = dyn_cast<rt::WeightOp>(op);
  return weight && !weight.getOffset();
}

static constexpr Rule kRules[] = {
    {"import", "the module says what it is a model of, in `v4.model`", "", isModuleWithoutModel},
    {"specialise", "there is no function @step", "v4-specialise-steps", isStep},
    {"specialise", "every function has `v4.max_tokens` and `v4.row_tile`", "v4-specialise-steps",
     isProgramWithoutSize},
    {"fuse", "experts are split into single products", "v4-split-experts", isWholeExpert},
    {"fuse", "every op that computes is inside a `v4.kernel`", "v4-fuse-kernels", isLooseOp},
    {"layout", "every `v4.weight` has a layout", "v4-choose-weight-layouts", isWeightWithoutLayout},
    {"tile", "no `v4` op computes", "convert-v4-to-tile", isModelOp},
    {"plan", "there are no functions, launches or tensors", "rt-build-program", isFunction},
    {"plan", "every buffer and weight has a place", "rt-plan-memory", isWithoutPlace},
};

ArrayRef<Rule> getRules() { return kRules; }

namespace {

struct VerifyPhase final : impl::VerifyPhaseBase<VerifyPhase> {
  using Base::Base;

  void runOnOperation() override {
    const Phase *current = findPhase(phase);
    if (!current) {
      getOperation().emitError() << "there is no phase '" << phase << "' to verify";
      return signalPassFailure();
    }
    unsigned number = getNumber(*current);
    WalkResult result = getOperation()->walk<WalkOrder::PreOrder>([&](Operation *op) {
      // Kernels are another level; their own verifiers know it.
      if (isa<tile::KernelOp>(op))
        return WalkResult::skip();
      for (const Rule &rule : kRules)
        if (getNumber(*findPhase(rule.phase)) <= number && rule.isBroken(op))
          return report(op, rule);
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      return signalPassFailure();
    if (number >= getNumber(*findPhase("plan")) && failed(verifyPlan(getOperation())))
      signalPassFailure();
    markAllAnalysesPreserved();
  }

  WalkResult report(Operation *op, const Rule &rule) {
    InFlightDiagnostic diagnostic = op->emitOpError()
                                    << "breaks a rule of phase '" << phase << "': " << rule.text;
    if (!rule.pass.empty())
      diagnostic.attachNote() << "'" << rule.pass << "' should have seen to it";
    return WalkResult::interrupt();
  }
};

} // namespace
} // namespace mlir::v4

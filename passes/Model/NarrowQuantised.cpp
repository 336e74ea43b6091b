// Keeps quantised activations in BF16, which holds them exactly, for matrix units.
#include "passes/Passes.h"

#include "dialects/V4/IR/V4Dialect.h"
#include "passes/Schedule/ScheduleTable.h"

namespace mlir::v4 {
#define GEN_PASS_DEF_NARROWQUANTISED
#include "passes/Passes.h.inc"

namespace {

struct NarrowQuantised final : impl::NarrowQuantisedBase<NarrowQuantised> {
  using Base::Base;

  void runOnOperation() override {
    const TargetFacts *target = getTarget(getOperation()->getParentOfType<ModuleOp>());
    if (!target || !target->isGpu())
      return;
    Type bf16 = BFloat16Type::get(&getContext());
    getOperation().walk([&](FakeQuantiseOp op) {
      auto input = cast<RankedTensorType>(op.getInput().getType());
      auto result = cast<RankedTensorType>(op.getResult().getType());
      if (input.getElementType() == bf16 && result.getElementType().isF32())
        op.getResult().setType(result.clone(bf16));
    });
  }
};

} // namespace
} // namespace mlir::v4

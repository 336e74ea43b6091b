// Writes tile sizes on every kernel.
#include "passes/Passes.h"

#include "passes/Schedule/ScheduleTable.h"

namespace mlir::v4 {
#define GEN_PASS_DEF_SELECTSCHEDULE
#include "passes/Passes.h.inc"

namespace {

struct SelectSchedule final : impl::SelectScheduleBase<SelectSchedule> {
  using Base::Base;

  void runOnOperation() override {
    const TargetFacts *target = getTarget(getOperation());
    if (!target) {
      getOperation().emitError("is for ") << getOperation()->getAttr("v4.target") << ", which is no target";
      return signalPassFailure();
    }
    getOperation()->walk([&](KernelOp kernel) {
      if (kernel.getSchedule())
        return; // somebody knows better
      ScheduleAttr schedule = chooseSchedule(kernel, *target);
      kernel.setScheduleAttr(schedule);
      kernel.emitRemark("scheduled for ")
          << target->name << " as " << v4::getName(getFamily(kernel)) << " of "
          << kernel.getRowTile().value_or(1) << " rows: " << schedule;
    });
  }
};

} // namespace
} // namespace mlir::v4

// Decode steps of a CPU: a hyper-connection's projection becomes a product of its own, for all threads.
#include "passes/Passes.h"

#include "dialects/V4/IR/V4Dialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/Schedule/ScheduleTable.h"

namespace mlir::v4 {
#define GEN_PASS_DEF_PROJECTSTREAMS
#include "passes/Passes.h.inc"

namespace {

struct ProjectStreams final : impl::ProjectStreamsBase<ProjectStreams> {
  using Base::Base;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    const TargetFacts *target = getTarget(func->getParentOfType<ModuleOp>());
    auto rowTile = func->getAttrOfType<IntegerAttr>("v4.row_tile");
    if (!target || target->isGpu() || !rowTile || rowTile.getInt() != target->decodeRows)
      return;
    func.walk([](HcPreOp op) {
      auto fn = dyn_cast<WeightType>(op.getFn().getType());
      if (!fn)
        return;
      OpBuilder builder(op);
      auto type = RankedTensorType::get({op.getStreams().getType().getDimSize(0), fn.getOutputs()},
                                        builder.getF32Type());
      // It has no name: larger steps have no such value.
      Value projected = LinearOp::create(builder, builder.getUnknownLoc(), type, op.getStreams(), op.getFn());
      op.getFnMutable().assign(projected);
    });
  }
};

} // namespace
} // namespace mlir::v4

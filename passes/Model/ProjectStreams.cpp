// Decode steps of a CPU: hyper-connections for all threads. Their projections become products of their own,
// and programs that make a sublayer's output spread it over the streams.
#include "passes/Passes.h"

#include "dialects/V4/IR/V4Dialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/Schedule/ScheduleTable.h"

#include "llvm/ADT/SetVector.h"

namespace mlir::v4 {
#define GEN_PASS_DEF_PROJECTSTREAMS
#include "passes/Passes.h.inc"

namespace {

/// Whether the sublayer that takes what `pre` collapses has an indexer.
bool feedsIndexer(HcPreOp pre) {
  llvm::SmallSetVector<Operation *, 16> open(pre.getCollapsed().user_begin(), pre.getCollapsed().user_end());
  for (size_t i = 0; i < open.size(); ++i) {
    if (isa<IndexScoresOp>(open[i]))
      return true;
    if (!isa<HcPostOp>(open[i]))
      open.insert(open[i]->user_begin(), open[i]->user_end());
  }
  return false;
}

/// Whether programs divide the outputs of what makes `value`.
bool isMadeByOutputs(Value value) {
  auto maker = value.getDefiningOp<ComputeOpInterface>();
  return maker && maker.getParallelism() == Parallelism::outputs;
}

struct ProjectStreams final : impl::ProjectStreamsBase<ProjectStreams> {
  using Base::Base;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    const TargetFacts *target = getDecodeTarget(func);
    if (!target || target->isGpu())
      return;
    func.walk([](HcPostOp op) { op.setWithOutputs(isMadeByOutputs(op.getOutput())); });
    func.walk([](HcPreOp op) {
      auto fn = dyn_cast<WeightType>(op.getFn().getType());
      // Attention with an indexer takes so many launches already that a layer has room for one more.
      if (!fn || feedsIndexer(op))
        return;
      OpBuilder builder(op);
      auto type = RankedTensorType::get({op.getStreams().getType().getDimSize(0), fn.getOutputs()},
                                        builder.getF32Type());
      // It has a place, but no name: larger steps have no such value.
      Location loc = FusedLoc::get(op.getContext(), op.getLoc(), builder.getStringAttr("projected"));
      Value projected = LinearOp::create(builder, loc, type, op.getStreams(), op.getFn());
      op.getFnMutable().assign(projected);
    });
  }
};

} // namespace
} // namespace mlir::v4

// Decode steps of a GPU: a launch costs more than doing a row's small work several times over.
#include "passes/Passes.h"

#include "dialects/V4/IR/V4Dialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/Schedule/ScheduleTable.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::v4 {
#define GEN_PASS_DEF_FOLDROWKERNELS
#include "passes/Passes.h.inc"

namespace {

auto opsOf(KernelOp kernel) { return kernel.getBody().front().without_terminator(); }

bool readsOrWrites(KernelOp kernel, const DenseSet<Value> &states) {
  return llvm::any_of(opsOf(kernel), [&](Operation &op) {
    return llvm::any_of(op.getOperands(), [&](Value operand) { return states.contains(operand); });
  });
}

bool uses(KernelOp user, KernelOp maker) {
  return llvm::any_of(maker->getUsers(), [&](Operation *op) { return op->getParentOp() == user; });
}

/// States that `kernel` writes, or all that it touches.
DenseSet<Value> statesOf(KernelOp kernel, bool written) {
  DenseSet<Value> states;
  for (Operation &op : opsOf(kernel))
    for (Value operand : op.getOperands())
      if (isa<RingType, EntriesType>(operand.getType()) && (!written || isa<RingWriteOp, EntryWriteOp>(op)))
        states.insert(operand);
  return states;
}

/// Where the work of a row kernel can be done.
struct Place {
  KernelOp into;                 // null: nowhere
  SmallVector<KernelOp> delayed; // kernels in between that need what the row kernel writes into states
};

Place findPlace(KernelOp kernel) {
  // Other rows see what a row wrote into a state from the next kernel on.
  DenseSet<Value> held = statesOf(kernel, /*written=*/true);
  Place place;
  for (Operation *next = kernel->getNextNode(); next; next = next->getNextNode()) {
    auto later = dyn_cast<KernelOp>(next);
    if (!later)
      continue;
    bool waits = readsOrWrites(later, held) ||
                 llvm::any_of(place.delayed, [&](KernelOp delayed) { return uses(later, delayed); });
    if (uses(later, kernel)) {
      auto canGo = [&](Operation &op) { return canComeAlong(&op, later.getParallelism()); };
      if (!waits && llvm::all_of(opsOf(kernel), canGo))
        place.into = later;
      return place;
    }
    if (waits) {
      place.delayed.push_back(later);
      for (Value state : statesOf(later, /*written=*/false))
        held.insert(state);
    }
  }
  return {};
}

KernelOp fold(KernelOp kernel, KernelOp into) {
  SmallVector<Value> made, results;
  SmallVector<Location> locs = {kernel.getLoc(), into.getLoc()};
  for (KernelOp part : {kernel, into}) {
    llvm::append_range(made, part.getBody().front().getTerminator()->getOperands());
    llvm::append_range(results, part.getResults());
  }
  OpBuilder builder(into);
  auto both = KernelOp::create(builder, builder.getFusedLoc(locs), ValueRange(made).getTypes(),
                               into.getParallelism(), into.getRowTileAttr(), ScheduleAttr());
  Block *inner = &both.getBody().emplaceBlock();
  for (KernelOp part : {kernel, into})
    for (Operation &op : llvm::make_early_inc_range(opsOf(part)))
      op.moveBefore(inner, inner->end());
  builder.setInsertionPointToEnd(inner);
  YieldOp::create(builder, both.getLoc(), made);
  for (auto [old, value, result] : llvm::zip_equal(results, made, both.getResults())) {
    old.replaceUsesWithIf(value, [&](OpOperand &use) { return use.getOwner()->getBlock() == inner; });
    old.replaceAllUsesWith(result);
  }
  std::string names;
  for (Operation &op : both.getBody().front().without_terminator())
    if (isRowWork(both, &op))
      names += (names.empty() ? "" : ", ") + op.getName().stripDialect().str();
  both.emitRemark("programs of this kernel of ")
      << stringifyParallelism(both.getParallelism()) << " do the work on rows themselves: " << names;
  kernel.erase();
  into.erase();
  return both;
}

struct FoldRowKernels final : impl::FoldRowKernelsBase<FoldRowKernels> {
  using Base::Base;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    const TargetFacts *target = getDecodeTarget(func);
    if (!target || !target->isGpu())
      return;
    SmallVector<KernelOp> rowKernels;
    for (KernelOp kernel : func.getOps<KernelOp>())
      if (kernel.getParallelism() == Parallelism::rows)
        rowKernels.push_back(kernel);
    for (KernelOp kernel : rowKernels)
      if (Place place = findPlace(kernel); place.into) {
        Operation *last = fold(kernel, place.into);
        for (KernelOp delayed : place.delayed) {
          delayed->moveAfter(last);
          last = delayed;
        }
      }
  }
};

} // namespace
} // namespace mlir::v4

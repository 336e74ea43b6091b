#include "codegen/TileToTriton/Passes.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace mlir::v4 {

#define GEN_PASS_DEF_INSERTTILEBARRIERS
#include "codegen/TileToTriton/Passes.h.inc"

namespace {

struct Access {
  Value memory; // null: none
  bool isWrite = false;
};

Value rootOf(Value memory) {
  while (auto view = memory.getDefiningOp<tile::ViewOp>())
    memory = view.getMemory();
  return memory;
}

Access accessOf(Operation *op) {
  if (auto load = dyn_cast<tile::LoadOp>(op))
    return {rootOf(load.getMemory()), false};
  if (auto gather = dyn_cast<tile::GatherOp>(op))
    return {rootOf(gather.getMemory()), false};
  if (auto load = dyn_cast<tile::LoadScalarOp>(op))
    return {rootOf(load.getMemory()), false};
  if (auto store = dyn_cast<tile::StoreOp>(op))
    return {rootOf(store.getMemory()), true};
  if (auto store = dyn_cast<tile::StoreScalarOp>(op))
    return {rootOf(store.getMemory()), true};
  return {};
}

// What was read and written since the last barrier.
struct Pending {
  llvm::SmallPtrSet<Value, 8> read, written;

  bool conflicts(Access access) const {
    return written.contains(access.memory) || (access.isWrite && read.contains(access.memory));
  }
  bool conflicts(const Pending &later) const {
    auto in = [](const llvm::SmallPtrSet<Value, 8> &set) {
      return [&set](Value value) { return set.contains(value); };
    };
    return llvm::any_of(later.read, in(written)) || llvm::any_of(later.written, in(written)) ||
           llvm::any_of(later.written, in(read));
  }
  void add(Access access) { (access.isWrite ? written : read).insert(access.memory); }
  void add(const Pending &other) {
    read.insert(other.read.begin(), other.read.end());
    written.insert(other.written.begin(), other.written.end());
  }
  void clear() {
    read.clear();
    written.clear();
  }
};

// All that happens inside `op`.
Pending accessesIn(Operation *op) {
  Pending all;
  op->walk([&](Operation *inner) {
    if (Access access = accessOf(inner); access.memory)
      all.add(access);
  });
  return all;
}

struct InsertTileBarriers final : impl::InsertTileBarriersBase<InsertTileBarriers> {
  void runOnOperation() override {
    Pending pending;
    visit(getOperation().getBody().front(), pending);
  }

  static void insertBefore(Operation *op, Pending &pending) {
    OpBuilder builder(op);
    gpu::BarrierOp::create(builder, op->getLoc());
    pending.clear();
  }

  static void visit(Block &block, Pending &pending) {
    for (Operation &op : llvm::make_early_inc_range(block)) {
      if (isa<gpu::BarrierOp>(op)) {
        pending.clear();
      } else if (auto branch = dyn_cast<scf::IfOp>(op)) {
        visitBranches(branch, pending);
      } else if (isa<LoopLikeOpInterface>(op)) {
        visitLoop(&op, pending);
      } else if (Access access = accessOf(&op); access.memory) {
        if (pending.conflicts(access))
          insertBefore(&op, pending);
        pending.add(access);
      }
    }
  }

  static void visitBranches(scf::IfOp branch, Pending &pending) {
    Pending after = branch.getElseRegion().empty() ? pending : Pending();
    for (Region &region : branch->getRegions()) {
      Pending inside = pending;
      if (!region.empty())
        visit(region.front(), inside);
      after.add(inside);
    }
    pending = std::move(after);
  }

  // Twice, the second time after an iteration.
  static void visitLoop(Operation *loop, Pending &pending) {
    Pending inside = accessesIn(loop);
    if (pending.conflicts(inside))
      insertBefore(loop, pending);
    Pending carried;
    for (int iteration = 0; iteration < 2; ++iteration)
      for (Region &region : loop->getRegions())
        if (!region.empty())
          visit(region.front(), carried);
    // The loop may have no iteration.
    pending.add(carried);
  }
};

} // namespace
} // namespace mlir::v4

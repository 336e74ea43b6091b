#include "codegen/TileToTriton/Passes.h"
#include "codegen/TileToTriton/TileAccess.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::v4 {

#define GEN_PASS_DEF_INSERTTILEBARRIERS
#include "codegen/TileToTriton/Passes.h.inc"

namespace {

// An access since the last barrier.
struct PendingAccess {
  TileAccess access;
  Operation *loop = nullptr; // not null: it was in an earlier iteration of this one

  bool conflicts(const TileAccess &later) const {
    return loop && loop->isProperAncestor(later.op) ? access.conflictsInLaterIteration(later, loop)
                                                    : access.conflicts(later);
  }
};

struct Pending {
  SmallVector<PendingAccess> accesses;

  bool conflicts(const TileAccess &later) const {
    return llvm::any_of(accesses, [&](const PendingAccess &pending) { return pending.conflicts(later); });
  }
  void add(const PendingAccess &added) {
    bool known = llvm::any_of(accesses, [&](const PendingAccess &pending) {
      return pending.access.op == added.access.op && pending.loop == added.loop;
    });
    if (!known)
      accesses.push_back(added);
  }
  void add(const Pending &other) {
    for (const PendingAccess &access : other.accesses)
      add(access);
  }
  void carry(Operation *loop) {
    for (PendingAccess &pending : accesses)
      if (loop->isProperAncestor(pending.access.op))
        pending.loop = loop;
  }
};

struct InsertTileBarriers final : impl::InsertTileBarriersBase<InsertTileBarriers> {
  void runOnOperation() override {
    Pending pending;
    visit(getOperation().getBody().front(), pending);
  }

  static void insertBefore(Operation *op, Pending &pending) {
    OpBuilder builder(op);
    gpu::BarrierOp::create(builder, op->getLoc());
    pending.accesses.clear();
  }

  static void visit(Block &block, Pending &pending) {
    for (Operation &op : llvm::make_early_inc_range(block)) {
      if (isa<gpu::BarrierOp>(op))
        pending.accesses.clear();
      else if (auto branch = dyn_cast<scf::IfOp>(op))
        visitBranches(branch, pending);
      else if (isa<LoopLikeOpInterface>(op))
        visitLoop(&op, pending);
      else if (TileAccess access(&op); access.memory)
        visitAccess(access, pending);
    }
  }

  static void visitAccess(const TileAccess &access, Pending &pending) {
    if (pending.conflicts(access))
      insertBefore(access.op, pending);
    pending.add({access});
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
    WalkResult conflict = loop->walk([&](Operation *inner) {
      TileAccess access(inner);
      return access.memory && pending.conflicts(access) ? WalkResult::interrupt() : WalkResult::advance();
    });
    if (conflict.wasInterrupted())
      insertBefore(loop, pending);
    Pending inside;
    for (int iteration = 0; iteration < 2; ++iteration) {
      inside.carry(loop);
      for (Region &region : loop->getRegions())
        if (!region.empty())
          visit(region.front(), inside);
    }
    // The loop may have no iteration.
    pending.add(inside);
  }
};

} // namespace
} // namespace mlir::v4

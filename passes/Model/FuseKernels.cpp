// Groups the ops of a step into kernels.
//
// An op goes into the earliest kernel that comes after all it depends on and divides its work the same way.
// Inside one kernel a program may use what it computed itself: a row program everything of its row, a head
// program everything of its head. What another row wrote into a state is visible from the next kernel on.
// Then ops that can run a head at a time (norm and rotation of queries) move to the head kernel that alone
// uses them, and kernels whose results are not needed before a later one of their kind join it.
#include "passes/Passes.h"

#include "dialects/V4/IR/V4Dialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::v4 {
#define GEN_PASS_DEF_FUSEKERNELS
#include "passes/Passes.h.inc"

namespace {

struct Group {
  Parallelism parallelism;
  bool wanted;       // on the rows that logits are wanted for, not on the step's
  int64_t heads = 0; // head kernels: how many
  SmallVector<Operation *> ops;
};

/// Heads that the programs of a head kernel with this op run over.
int64_t getHeads(Operation *op) {
  for (Value operand : op->getOperands())
    if (auto type = dyn_cast<RankedTensorType>(operand.getType()); type && type.getRank() == 3)
      return type.getDimSize(1);
  return 0;
}

/// Whether an op of row kernels could as well run for one head at a time.
bool canRunPerHead(Operation *op) {
  if (!isa<HeadNormOp, RopeOp>(op))
    return false;
  return cast<RankedTensorType>(op->getResult(0).getType()).getRank() == 3;
}

class Fuser {
public:
  explicit Fuser(Block &body) : body(body) {}

  LogicalResult run() {
    for (Operation &op : body)
      if (isa<ComputeOpInterface>(op))
        place(&op);
    sinkIntoHeadKernels();
    joinLaterKernels();
    return success();
  }

  void build(std::optional<int64_t> rowTile) {
    OpBuilder builder(body.getTerminator());
    for (Group &group : groups)
      if (!group.ops.empty())
        buildKernel(builder, group, rowTile);
  }

private:
  bool isWanted(Operation *op) const {
    return isa<GatherRowsOp>(op) || llvm::any_of(op->getOperands(), [&](Value operand) {
             Operation *producer = operand.getDefiningOp();
             auto it = groupOf.find(producer);
             return it != groupOf.end() && groups[it->second].wanted;
           });
  }

  /// The earliest group whose order allows `op`, were it of the same kind.
  size_t getEarliest(Operation *op, Parallelism parallelism) const {
    size_t earliest = 0;
    for (Value operand : op->getOperands()) {
      if (auto it = groupOf.find(operand.getDefiningOp()); it != groupOf.end())
        earliest = std::max(earliest, it->second + (canShare(it->first, op, parallelism) ? 0 : 1));
      if (auto it = stateWriter.find(operand); it != stateWriter.end())
        earliest = std::max(earliest, it->second + 1);
    }
    return earliest;
  }

  /// Whether a program can use what `producer` made in the same kernel.
  bool canShare(Operation *producer, Operation *op, Parallelism parallelism) const {
    if (groups[groupOf.lookup(producer)].parallelism != parallelism)
      return false;
    switch (parallelism) {
    case Parallelism::rows:
      return !isa<GatherRowsOp>(op); // reads a row of another number
    case Parallelism::heads:
      return true;
    case Parallelism::outputs:
      return isa<AddOp>(op) || canFollowOutputs(op); // the same outputs of the same row
    case Parallelism::entries:
      return false;
    }
    llvm_unreachable("closed enum");
  }

  void place(Operation *op) {
    Parallelism parallelism = cast<ComputeOpInterface>(op).getParallelism();
    if (canFollowOutputs(op))
      parallelism = Parallelism::outputs;
    bool wanted = isWanted(op);
    int64_t heads = parallelism == Parallelism::heads ? getHeads(op) : 0;
    size_t index = getEarliest(op, parallelism);
    while (index < groups.size() && (groups[index].parallelism != parallelism ||
                                     groups[index].wanted != wanted || groups[index].heads != heads))
      ++index;
    if (index == groups.size())
      groups.push_back({parallelism, wanted, heads, {}});
    groups[index].ops.push_back(op);
    groupOf[op] = index;
    if (isa<RingWriteOp, EntryWriteOp>(op))
      stateWriter[op->getOperand(1)] = index;
  }

  void sinkIntoHeadKernels() {
    for (Operation &op : llvm::reverse(body)) {
      if (!groupOf.contains(&op) || !canRunPerHead(&op) || op.use_empty())
        continue;
      size_t target = groupOf.lookup(*op.user_begin());
      bool alone =
          llvm::all_of(op.getUsers(), [&](Operation *user) { return groupOf.lookup(user) == target; });
      if (!alone || groups[target].parallelism != Parallelism::heads || groups[target].heads != getHeads(&op))
        continue;
      llvm::erase(groups[groupOf[&op]].ops, &op);
      groups[target].ops.insert(groups[target].ops.begin(), &op);
      groupOf[&op] = target;
    }
  }

  /// Whether nothing outside `group` uses its ops' results, or states they write, before or inside kernel
  /// `later`.
  bool canWaitFor(size_t group, size_t later) const {
    return llvm::all_of(groups[group].ops, [&](Operation *op) {
      SmallVector<Operation *> users(op->getUsers());
      bool writesState = isa<RingWriteOp, EntryWriteOp>(op);
      if (writesState)
        llvm::append_range(users, op->getOperand(1).getUsers());
      return llvm::all_of(users, [&](Operation *user) {
        auto it = groupOf.find(user);
        if (it == groupOf.end() || it->second == group || it->second > later)
          return true;
        return it->second == later && !writesState && canShare(op, user, groups[later].parallelism);
      });
    });
  }

  /// A kernel whose results nobody needs until a later one of its kind becomes part of that: one launch less.
  void joinLaterKernels() {
    for (size_t group = groups.size(); group-- > 0;) {
      const Group &from = groups[group];
      for (size_t later = groups.size() - 1; later > group; --later) {
        Group &into = groups[later];
        if (from.ops.empty() || into.ops.empty() || into.parallelism != from.parallelism ||
            into.wanted != from.wanted || into.heads != from.heads || !canWaitFor(group, later))
          continue;
        for (Operation *op : from.ops)
          groupOf[op] = later;
        into.ops.insert(into.ops.begin(), from.ops.begin(), from.ops.end());
        groups[group].ops.clear();
        break;
      }
    }
  }

  void buildKernel(OpBuilder &builder, Group &group, std::optional<int64_t> rowTile) {
    SmallVector<Value> made;
    SmallVector<Location> locs;
    for (Operation *op : group.ops) {
      llvm::append_range(made, op->getResults());
      locs.push_back(op->getLoc());
    }
    auto kernel =
        KernelOp::create(builder, builder.getFusedLoc(locs), ValueRange(made).getTypes(), group.parallelism,
                         rowTile ? builder.getI64IntegerAttr(*rowTile) : IntegerAttr(), ScheduleAttr());
    Block *inner = &kernel.getBody().emplaceBlock();
    for (Operation *op : group.ops)
      op->moveBefore(inner, inner->end());
    for (auto [value, result] : llvm::zip(made, kernel.getResults()))
      value.replaceUsesWithIf(result, [&](OpOperand &use) { return use.getOwner()->getBlock() != inner; });
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToEnd(inner);
    YieldOp::create(builder, kernel.getLoc(), made);
    if (group.ops.size() > 1) {
      std::string names;
      for (Operation *op : group.ops)
        names += (names.empty() ? "" : ", ") + op->getName().stripDialect().str();
      kernel.emitRemark("one kernel of ") << stringifyParallelism(group.parallelism) << ": " << names;
    }
  }

  Block &body;
  SmallVector<Group> groups;
  llvm::MapVector<Operation *, size_t> groupOf;
  DenseMap<Value, size_t> stateWriter;
};

struct FuseKernels final : impl::FuseKernelsBase<FuseKernels> {
  using Base::Base;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (!func.getBody().hasOneBlock())
      return;
    std::optional<int64_t> rowTile;
    if (auto attr = func->getAttrOfType<IntegerAttr>("v4.row_tile"))
      rowTile = attr.getInt();
    Fuser fuser(func.getBody().front());
    if (failed(fuser.run()))
      return signalPassFailure();
    fuser.build(rowTile);
  }
};

} // namespace
} // namespace mlir::v4

#include "passes/ModelToTile/Programs.h"

#include "passes/ModelToTile/BlockAttention.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::v4 {
namespace {

/// Heads that attention takes together at most: on a GPU, and on a CPU, where they lie in lanes and a step of
/// one token wants programs for all threads.
constexpr int64_t kMostHeads = 64, kMostHeadLanes = 16;

LogicalResult emitOp(KernelBuilder &k, Operation *op) {
  k.loc = op->getLoc();
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
#define EMIT(OP)                                                                                             \
  .Case<OP##Op>([&](OP##Op typed) {                                                                          \
    emit##OP(k, typed);                                                                                      \
    return success();                                                                                        \
  })
      // clang-format off
      EMIT(Add) EMIT(Compress) EMIT(CsaAttention) EMIT(Embed) EMIT(EntryWrite) EMIT(ExpertDown) EMIT(ExpertUp)
      EMIT(FakeQuantise) EMIT(Hadamard)
      EMIT(GatherRows) EMIT(GroupHeads) EMIT(GroupedLinear) EMIT(HashRoute) EMIT(HcExpand) EMIT(HcHead) EMIT(HcPost)
      EMIT(HcPre) EMIT(HcaAttention) EMIT(HeadNorm) EMIT(IndexScores) EMIT(IndexTopk) EMIT(Linear) EMIT(RingWrite)
      EMIT(RmsNorm) EMIT(Rope) EMIT(RopeTable) EMIT(Route) EMIT(Scale) EMIT(SharedUp) EMIT(WindowAttention)
  // clang-format on
#undef EMIT
                          .Default([](Operation *other) {
                            return other->emitOpError("has no lowering to a kernel");
                          });
}

/// Ops of an output kernel that one program computes together: an elementwise op with what makes its
/// operands.
SmallVector<SmallVector<Operation *>> getSegments(KernelOp kernel) {
  SmallVector<SmallVector<Operation *>> segments;
  for (Operation &op : kernel.getBody().front().without_terminator()) {
    if (isRowWork(kernel, &op))
      continue;
    SmallVector<Operation *> joined;
    llvm::erase_if(segments, [&](SmallVector<Operation *> &segment) {
      bool feeds = llvm::any_of(op.getOperands(), [&](Value operand) {
        return operand.getDefiningOp() && llvm::is_contained(segment, operand.getDefiningOp());
      });
      if (feeds)
        joined.append(segment);
      return feeds;
    });
    joined.push_back(&op);
    segments.push_back(joined);
  }
  return segments;
}

using OpSet = llvm::SmallSetVector<Operation *, 8>;

class ProgramEmitter {
public:
  ProgramEmitter(KernelBuilder &k, KernelOp kernel, rt::Extent extent)
      : k(k), kernel(kernel), extent(extent) {}

  FailureOr<SmallVector<Attribute>> emit() {
    if (failed(emitBody()))
      return failure();
    return grid;
  }

private:
  rt::DimAttr dim(int64_t scale, rt::Extent of, int64_t divisor) {
    return rt::DimAttr::get(kernel.getContext(), scale, of, divisor);
  }

  auto ops() { return kernel.getBody().front().without_terminator(); }

  LogicalResult emitAll(ArrayRef<Operation *> list) {
    for (Operation *op : list)
      if (failed(emitOp(k, op)))
        return failure();
    return success();
  }

  LogicalResult emitBody() {
    auto programId = [&](int32_t axis) -> Value {
      return tile::ProgramIdOp::create(k.builder, k.loc, k.builder.getIndexType(),
                                       k.builder.getI32IntegerAttr(axis));
    };
    switch (kernel.getParallelism()) {
    case Parallelism::rows:
      k.row = programId(0);
      grid = {dim(1, extent, 1)};
      break;
    case Parallelism::heads:
      return emitHeads(programId(0), programId(1));
    case Parallelism::entries: {
      k.tileIndex = programId(0);
      k.rowTile = k.target.isGpu() ? 1 : kernel.getRowTile().value_or(1);
      k.row = programId(1);
      k.firstRow = k.mul(k.row, k.index(k.rowTile));
      int64_t ratio = cast<IndexScoresOp>(*ops().begin()).getRatio();
      grid = {dim(1, rt::Extent::positions, ratio * k.lanes()), dim(1, extent, k.rowTile)};
      break;
    }
    case Parallelism::outputs:
      return emitOutputs(programId(0), programId(1));
    }
    for (Operation &op : ops())
      if (failed(emitOp(k, &op)))
        return failure();
    return success();
  }

  // Work on whole rows, which several programs repeat: all write the same.
  // ------------------------------------------------------------------

  /// Row work of the kernel that `users` need, in order.
  SmallVector<Operation *> rowWorkFor(ArrayRef<Operation *> users) {
    OpSet needed;
    SmallVector<Operation *> open(users);
    while (!open.empty())
      for (Value operand : open.pop_back_val()->getOperands())
        if (Operation *maker = operand.getDefiningOp();
            maker && maker->getParentOp() == kernel && isRowWork(kernel, maker) && needed.insert(maker))
          open.push_back(maker);
    SmallVector<Operation *> sorted = needed.takeVector();
    llvm::sort(sorted, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
    return sorted;
  }

  /// For each of the program's rows. Sums come in the order that row kernels have.
  LogicalResult emitRowWork(ArrayRef<Operation *> work) {
    if (work.empty())
      return success();
    ScheduleAttr own = k.schedule;
    Value ownRow = k.row;
    k.schedule = chooseSchedule(kernel.getContext(), KernelFamily::row, k.rowTile, k.target);
    LogicalResult result = success();
    auto emitRow = [&](Value row) {
      k.row = row;
      result = emitAll(work);
    };
    if (ownRow)
      emitRow(ownRow);
    else
      k.forRows(emitRow);
    k.row = ownRow;
    k.schedule = own;
    return result;
  }

  // Heads
  // ------------------------------------------------------------------

  LogicalResult emitHeads(Value x, Value y) {
    SmallVector<Operation *> rowWork, headWork;
    for (Operation &op : ops())
      (isRowWork(kernel, &op) ? rowWork : headWork).push_back(&op);
    int64_t heads = cast<RankedTensorType>(headWork.front()->getOperand(0).getType()).getDimSize(1);
    k.row = y;
    if (failed(emitRowWork(rowWork)))
      return failure();
    return emitHeadBlocks(headWork, x, heads);
  }

  /// Attention takes its heads together, other ops one after the other.
  LogicalResult emitHeadBlocks(ArrayRef<Operation *> work, Value block, int64_t heads) {
    int64_t most = k.target.isGpu() ? kMostHeads : kMostHeadLanes;
    if (!k.target.isGpu())
      for (Operation *op : work)
        most = std::min(most, getMostHeadLanes(op));
    k.headTile = std::min(heads, most);
    while (heads % k.headTile != 0)
      --k.headTile;
    k.firstHead = k.mul(block, k.index(k.headTile));
    grid = {dim(heads / k.headTile, rt::Extent::one, 1), dim(1, extent, 1)};
    LogicalResult result = success();
    for (Operation *op : work) {
      if (isa<WindowAttentionOp, CsaAttentionOp, HcaAttentionOp>(op)) {
        result = emitOp(k, op);
      } else {
        k.forEach(k.index(0), k.index(k.headTile), [&](Value head) {
          k.head = k.add(k.firstHead, head);
          result = emitOp(k, op);
        });
        k.head = {};
      }
      if (failed(result))
        return failure();
    }
    return success();
  }

  // Outputs
  // ------------------------------------------------------------------

  /// The programs [first, first + tiles) of x, if there are others.
  LogicalResult emitIn(Value x, int64_t first, int64_t tiles, bool alone,
                       function_ref<LogicalResult()> emit) {
    LogicalResult result = success();
    k.tileIndex = k.sub(x, k.index(first));
    if (alone)
      return emit();
    Value inside = arith::CmpIOp::create(k.builder, k.loc, arith::CmpIPredicate::ult,
                                         k.sub(x, k.index(first)), k.index(tiles));
    k.ifThen(inside, [&] {
      k.tileIndex = k.sub(x, k.index(first));
      result = emit();
    });
    return result;
  }

  LogicalResult emitOutputs(Value x, Value y) {
    k.rowTile = kernel.getRowTile().value_or(1);
    k.firstRow = k.mul(y, k.index(k.rowTile));
    SmallVector<SmallVector<Operation *>> segments = getSegments(kernel);
    OpSet used, common;
    for (auto [number, segment] : llvm::enumerate(segments)) {
      SmallVector<Operation *> work = rowWorkFor(segment);
      used.insert(work.begin(), work.end());
      if (number == 0)
        common.insert(work.begin(), work.end());
      else
        common.remove_if([&](Operation *op) { return !llvm::is_contained(work, op); });
    }
    // What no product needs has a program of its own, beside them.
    SmallVector<Operation *> beside;
    for (Operation &op : ops())
      if (isRowWork(kernel, &op) && !used.contains(&op))
        beside.push_back(&op);
    auto without = [&](ArrayRef<Operation *> work) {
      return llvm::filter_to_vector(work, [&](Operation *op) { return !common.contains(op); });
    };

    if (failed(emitRowWork(common.getArrayRef())))
      return failure();
    bool alone = segments.size() == 1 && beside.empty();
    int64_t first = 0;
    for (ArrayRef<Operation *> segment : segments) {
      int64_t tiles = getOutputTiles(segment.front());
      for (Operation *op : segment)
        if (getOutputTiles(op) != tiles || getOutputTile(op) != getOutputTile(segment.front()))
          return op->emitOpError("shares programs with an op that divides its outputs differently");
      k.loc = segment.front()->getLoc();
      if (failed(emitIn(x, first, tiles, alone, [&] {
            return failed(emitRowWork(without(rowWorkFor(segment)))) ? failure() : emitAll(segment);
          })))
        return failure();
      k.routed = {};
      first += tiles;
    }
    if (!beside.empty()) {
      SmallVector<Operation *> work = without(rowWorkFor(beside));
      llvm::append_range(work, beside);
      llvm::sort(work, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
      work.erase(llvm::unique(work), work.end());
      if (failed(emitIn(x, first, 1, /*alone=*/false, [&] { return emitRowWork(work); })))
        return failure();
      ++first;
    }
    grid = {dim(first, rt::Extent::one, 1), dim(1, extent, k.rowTile)};
    return success();
  }

  KernelBuilder &k;
  KernelOp kernel;
  rt::Extent extent;
  SmallVector<Attribute> grid;
};

} // namespace

FailureOr<SmallVector<Attribute>> emitPrograms(KernelBuilder &k, KernelOp kernel, rt::Extent extent) {
  return ProgramEmitter(k, kernel, extent).emit();
}

} // namespace mlir::v4

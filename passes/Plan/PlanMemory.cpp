// Gives every buffer its place in the arena and every weight its place among the weights.
//
//   dispatch     0   1   2   3
//   a (4 KiB)    #####
//   b (2 KiB)        #####
//   c (4 KiB)            #####      -> a and c at 0, b at 4 KiB
#include "passes/Passes.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::v4 {
#define GEN_PASS_DEF_PLANMEMORY
#include "passes/Passes.h.inc"

namespace {

/// A buffer's dispatches, both ends included: what a dispatch reads must not be what it writes.
struct Life {
  int64_t first, last;
  bool meets(const Life &other) const { return first <= other.last && other.first <= last; }
};

struct Placed {
  int64_t offset, end;
  Life life;
};

/// The start of the smallest gap of `bytes` bytes between what is alive at the same time, or behind all of
/// it.
int64_t findGap(ArrayRef<Placed> byOffset, const Life &life, int64_t start, int64_t bytes) {
  int64_t best = -1, bestSize = 0, end = start;
  for (const Placed &other : byOffset) {
    if (!other.life.meets(life))
      continue;
    int64_t size = other.offset - end;
    if (size >= bytes && (best < 0 || size < bestSize)) {
      best = end;
      bestSize = size;
    }
    end = std::max(end, other.end);
  }
  return best >= 0 ? best : end;
}

void setOffset(Operation *op, int64_t offset) {
  Builder builder(op->getContext());
  if (auto buffer = dyn_cast<rt::BufferOp>(op))
    buffer.setOffsetAttr(builder.getI64IntegerAttr(offset));
  else
    cast<rt::WeightOp>(op).setOffsetAttr(builder.getI64IntegerAttr(offset));
}

struct PlanMemory final : impl::PlanMemoryBase<PlanMemory> {
  using Base::Base;

  void runOnOperation() override {
    int64_t end = 0;
    for (auto weight : getOperation().getOps<rt::WeightOp>()) {
      setOffset(weight, end);
      end = llvm::alignTo(end + weight.getBytes(), 64);
    }

    SymbolTable symbols(getOperation());
    findLives(symbols);
    // The session writes the inputs before the first dispatch and reads the logits after the last.
    int64_t shared = 0;
    for (auto buffer : getOperation().getOps<rt::BufferOp>()) {
      if (buffer.getSymName() == "logits")
        programOf[buffer] = {};
      if (programOf.lookup(buffer))
        continue;
      setOffset(buffer, shared);
      shared += buffer.getBytes();
    }
    for (auto program : getOperation().getOps<rt::ProgramOp>())
      placeBuffers(program, shared);
  }

  void findLives(SymbolTable &symbols) {
    for (auto program : getOperation().getOps<rt::ProgramOp>()) {
      int64_t time = 0;
      for (auto dispatch : program.getOps<rt::DispatchOp>()) {
        for (auto name : dispatch.getWrites().getAsRange<FlatSymbolRefAttr>())
          touch(symbols.lookup<rt::BufferOp>(name.getValue()), program, time, /*write=*/true);
        for (auto name : dispatch.getReads().getAsRange<FlatSymbolRefAttr>())
          if (auto buffer = symbols.lookup<rt::BufferOp>(name.getValue()))
            touch(buffer, program, time, /*write=*/false);
        ++time;
      }
    }
  }

  void touch(rt::BufferOp buffer, rt::ProgramOp program, int64_t time, bool write) {
    auto [owner, isNew] = programOf.try_emplace(buffer, program);
    if (owner->second != program || (isNew && !write))
      owner->second = {}; // of several programs, or filled from outside
    auto [life, firstUse] = lives.insert({buffer, Life{time, time}});
    if (!firstUse)
      life->second.last = time;
  }

  void placeBuffers(rt::ProgramOp program, int64_t start) {
    // Ties keep the order of first use.
    SmallVector<std::tuple<int64_t, size_t, rt::BufferOp>> order;
    for (auto &[op, life] : lives)
      if (programOf.lookup(op) == program)
        order.emplace_back(-cast<rt::BufferOp>(op).getBytes(), order.size(), cast<rt::BufferOp>(op));
    llvm::sort(order, [](auto &a, auto &b) {
      return std::tie(std::get<0>(a), std::get<1>(a)) < std::tie(std::get<0>(b), std::get<1>(b));
    });

    SmallVector<Placed> byOffset;
    for (auto [minusBytes, index, buffer] : order) {
      Life life = lives.lookup(buffer);
      int64_t offset = findGap(byOffset, life, start, buffer.getBytes());
      setOffset(buffer, offset);
      auto position = llvm::upper_bound(
          byOffset, offset, [](int64_t value, const Placed &other) { return value < other.offset; });
      byOffset.insert(position, Placed{offset, offset + buffer.getBytes(), life});
    }
  }

  llvm::MapVector<Operation *, Life> lives;
  DenseMap<Operation *, rt::ProgramOp> programOf;
};

} // namespace
} // namespace mlir::v4

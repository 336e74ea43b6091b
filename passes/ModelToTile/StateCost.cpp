#include "passes/ModelToTile/StateCost.h"

#include "llvm/ADT/TypeSwitch.h"

namespace mlir::v4 {
namespace {

/// Positions that the `per1024` parts are for.
constexpr int64_t kPositions = 1024;

struct Sum {
  int64_t state = 0, statePer1024 = 0, flops = 0, flopsPer1024 = 0, written = 0;

  template <typename State> static int64_t rowBytes(Value value) {
    auto type = cast<State>(value.getType());
    if constexpr (std::is_same_v<State, EntriesType>)
      return type.getRowBytes();
    return type.getWidth() * type.getElementType().getIntOrFloatBitWidth() / 8;
  }

  static int64_t rowElements(Value value) {
    int64_t elements = 1;
    for (int64_t size : cast<RankedTensorType>(value.getType()).getShape().drop_front())
      elements *= size;
    return elements;
  }

  /// Products of all heads with a key, and of the key with all heads' weights.
  static int64_t attentionFlops(Value query) { return 2 * 2 * rowElements(query); }

  template <typename Op> void addWindow(Op op) {
    state += op.getWindow() * rowBytes<RingType>(op.getRing());
    flops += op.getWindow() * attentionFlops(op.getQuery());
  }

  void add(Operation *operation) {
    llvm::TypeSwitch<Operation *>(operation)
        .Case([&](WindowAttentionOp op) { addWindow(op); })
        .Case([&](CsaAttentionOp op) {
          addWindow(op);
          int64_t chosen = rowElements(op.getTopk());
          state += chosen * rowBytes<EntriesType>(op.getEntries());
          flops += chosen * attentionFlops(op.getQuery());
        })
        .Case([&](HcaAttentionOp op) {
          addWindow(op);
          statePer1024 += kPositions * rowBytes<EntriesType>(op.getEntries()) / int64_t(op.getRatio());
          flopsPer1024 += kPositions * attentionFlops(op.getQuery()) / int64_t(op.getRatio());
        })
        .Case([&](IndexScoresOp op) {
          statePer1024 += kPositions * rowBytes<EntriesType>(op.getKeys()) / int64_t(op.getRatio());
          flopsPer1024 += kPositions * 2 * rowElements(op.getQuery()) / int64_t(op.getRatio());
        })
        .Case([&](RingWriteOp op) { written += rowBytes<RingType>(op.getRing()); })
        .Case([&](EntryWriteOp op) {
          written += rowBytes<EntriesType>(op.getEntries()) / int64_t(op.getRatio());
        })
        .Case([&](CompressOp op) {
          // Each position is read once; twice where blocks overlap, whose rows are twice as wide as an entry.
          state += rowBytes<RingType>(op.getValues()) + rowBytes<RingType>(op.getGates());
        });
  }
};

} // namespace

rt::CostAttr getStateCost(KernelOp kernel) {
  Sum sum;
  for (Operation &op : kernel.getBody().front().without_terminator())
    sum.add(&op);
  if (sum.state + sum.statePer1024 + sum.flops + sum.flopsPer1024 + sum.written == 0)
    return {};
  return rt::CostAttr::get(kernel.getContext(), 0, 0, sum.written, sum.state, sum.statePer1024, sum.flops,
                           sum.flopsPer1024);
}

} // namespace mlir::v4

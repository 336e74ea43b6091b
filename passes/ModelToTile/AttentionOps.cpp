// Core attention (specification section 4.4).
//
// Keys come in list order: window rows by ascending position, then entries. The order depends on the row's
// position alone.
#include "passes/ModelToTile/BlockAttention.h"
#include "passes/ModelToTile/KeyTiles.h"

namespace mlir::v4 {
namespace {

template <typename Op> class Attention {
public:
  Attention(KernelBuilder &k, Op op) : k(k), op(op), slot(k.rowId(op.getSlots(), k.row)) {}

  Value position() { return k.rowId(op.getPositions(), k.row); }

  /// Positions max(0, position - window + 1) .. position.
  void addWindow() {
    Value end = k.add(position(), k.index(1)), window = k.index(op.getWindow());
    Value begin = k.sub(arith::MaxUIOp::create(k.builder, k.loc, end, window), window);
    int64_t ringRows = cast<RingType>(op.getRing().getType()).getRows();
    addRange(
        op.getRing(), begin, end, op.getWindow(),
        [this, end, ringRows](Value first) -> Value {
          Value rows = k.splat(k.i32(ringRows), {k.keys()});
          return arith::RemSIOp::create(k.builder, k.loc, keyNumbers(k, first, end), rows); // -1 rem n = -1
        },
        [this, ringRows](Value number) { return k.toI32(k.rem(number, k.index(ringRows))); });
  }

  void addRange(Value state, Value begin, Value end, int64_t most, std::function<Value(Value)> rows,
                std::function<Value(Value)> row, bool hasGaps = false) {
    KeySource keys = {state.getType(), k.memory(state)};
    ranges.push_back({keys, begin, end, most, std::move(rows), std::move(row), hasGaps});
  }

  void run() {
    bool rounds = op.getNumerics().getOption("activations") == "bf16";
    HeadBlock block = {k.memory(op.getQuery()),
                       k.memory(op.getResult()),
                       k.memory(op.getSink()),
                       slot,
                       op.getScale(),
                       rounds,
                       ranges};
    auto type = cast<RankedTensorType>(op.getQuery().getType());
    if (k.target.isGpu())
      attendHeads(k, block, type.getDimSize(1), type.getDimSize(2));
    else
      attendHeadLanes(k, block, type.getDimSize(2));
  }

private:
  KernelBuilder &k;
  Op op;
  Value slot; // of this row
  SmallVector<KeyRange, 2> ranges;
};

/// One behind the last place of the row's list that has an entry: none of the places behind the visible ones
/// need a look.
Value endOfList(KernelBuilder &k, Value topk, int64_t chosen) {
  return k.forLoop(k.index(0), k.index(chosen), k.index(1), k.index(0), [&](Value i, ValueRange carried) {
    Value present = arith::CmpIOp::create(k.builder, k.loc, arith::CmpIPredicate::sge,
                                          k.loadScalar(topk, {k.row, i}), k.i32(0));
    Value next = k.add(i, k.index(1));
    return SmallVector<Value>{arith::SelectOp::create(k.builder, k.loc, present, next, carried[0])};
  })[0];
}

/// Rows `first` to first + keys() - 1 of the list, -1 behind its end.
Value loadList(KernelBuilder &k, Value topk, int64_t chosen, Value first) {
  bool ragged = chosen % k.keys() != 0;
  Value rows = k.load(topk, {k.row, first}, {k.keys()}, /*masked=*/ragged);
  if (!ragged)
    return rows;
  // Lanes beyond the list were read as entry 0.
  Value left = k.splat(k.toI32(k.sub(k.index(chosen), first)), {k.keys()});
  Value inside = arith::CmpIOp::create(k.builder, k.loc, arith::CmpIPredicate::slt, k.iota(k.keys()), left);
  return arith::SelectOp::create(k.builder, k.loc, inside, rows, k.splat(k.i32(-1), {k.keys()}));
}

} // namespace

void emitWindowAttention(KernelBuilder &k, WindowAttentionOp op) {
  Attention attention(k, op);
  attention.addWindow();
  attention.run();
}

void emitHcaAttention(KernelBuilder &k, HcaAttentionOp op) {
  Attention attention(k, op);
  attention.addWindow();
  Value visible = visibleEntries(k, attention.position(), op.getRatio());
  attention.addRange(
      op.getEntries(), k.index(0), visible, cast<EntriesType>(op.getEntries().getType()).getRows(),
      [&k, visible](Value first) { return keyNumbers(k, first, visible); },
      [&k](Value number) { return k.toI32(number); });
  attention.run();
}

void emitCsaAttention(KernelBuilder &k, CsaAttentionOp op) {
  Attention attention(k, op);
  attention.addWindow();
  int64_t chosen = rowElements(op.getTopk());
  Value topk = k.memory(op.getTopk());
  Value end = k.target.isGpu() ? k.index(chosen) : endOfList(k, topk, chosen);
  attention.addRange(
      op.getEntries(), k.index(0), end, chosen,
      [&k, topk, chosen](Value first) { return loadList(k, topk, chosen, first); },
      [&k, topk](Value number) { return k.loadScalar(topk, {k.row, number}); }, /*hasGaps=*/true);
  attention.run();
}

} // namespace mlir::v4

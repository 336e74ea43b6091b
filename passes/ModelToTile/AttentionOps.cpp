// Core attention of one head of one row, or of a block of heads (specification section 4.4).
//
// Keys come in list order (window rows by ascending position, then entries), keys() at a time; the order
// depends on the row's position alone. For one head a first pass leaves the scores in scratch memory and
// finds the largest, a second turns them into weights, a third adds up the values, which are the keys too.
#include "passes/ModelToTile/BlockAttention.h"
#include "passes/ModelToTile/KeyTiles.h"

namespace mlir::v4 {
namespace {

template <typename Op> class Attention {
public:
  Attention(KernelBuilder &k, Op op)
      : k(k), op(op), query(k.memory(op.getQuery())), output(k.memory(op.getResult())),
        size(cast<RankedTensorType>(op.getQuery().getType()).getDimSize(2)),
        slot(k.rowId(op.getSlots(), k.row)), column(k.head ? k.mul(k.head, k.index(size)) : Value()) {}

  Value position() { return k.rowId(op.getPositions(), k.row); }

  /// Positions max(0, position - window + 1) .. position.
  void addWindow() {
    Value end = k.add(position(), k.index(1)), window = k.index(op.getWindow());
    Value begin = k.sub(arith::MaxUIOp::create(k.builder, k.loc, end, window), window);
    Value ringRows = k.splat(k.i32(cast<RingType>(op.getRing().getType()).getRows()), {k.keys()});
    addRange(k.memory(op.getRing()), begin, end, op.getWindow(), [this, end, ringRows](Value first) -> Value {
      return arith::RemSIOp::create(k.builder, k.loc, keyNumbers(k, first, end), ringRows); // -1 rem n = -1
    });
  }

  void addRange(Value keys, Value begin, Value end, int64_t most, std::function<Value(Value)> rows) {
    ranges.push_back({keys, begin, end, places, std::move(rows)});
    places += llvm::alignTo(most, k.keys());
  }

  void run() {
    bool rounds = op.getNumerics().getOption("activations") == "bf16";
    if (k.headTile > 0)
      return attendHeads(k, {query, output, k.memory(op.getSink()), slot, op.getScale(), rounds, ranges},
                         cast<RankedTensorType>(op.getQuery().getType()).getDimSize(1), size);
    scores = k.scratch({1, places});
    Value top = k.f32(-std::numeric_limits<float>::infinity());
    for (KeyRange &range : ranges)
      top = score(range, top);
    Value denominator = k.f32(0.0);
    for (KeyRange &range : ranges)
      denominator = weigh(range, top, denominator);
    // The sink has a weight and no value.
    Value sink = k.loadScalarF32(k.memory(op.getSink()), {k.head});
    denominator = k.addf(denominator, k.exp(k.subf(sink, top)));
    k.forTiles(size, k.lanes(), [&](Value offset, int64_t width) {
      Value sum = k.constant(0.0, {1, width});
      for (KeyRange &range : ranges)
        sum = addValues(range, offset, width, sum);
      k.store(k.divf(sum, k.splat(denominator, {1, width})), output, {k.row, k.add(column, offset)});
    });
  }

private:
  SmallVector<Value> place(const KeyRange &range, Value first) {
    return {k.index(0), k.add(k.sub(first, range.begin), k.index(range.place))};
  }

  Value overKeys(const KeyRange &range, Value init, function_ref<Value(Value first, Value carried)> body) {
    return k.forLoop(range.begin, range.end, k.index(k.keys()), init, [&](Value first, ValueRange carried) {
      return SmallVector<Value>{body(first, carried[0])};
    })[0];
  }

  Value score(const KeyRange &range, Value top) {
    return overKeys(range, top, [&](Value first, Value carried) {
      Value rows = range.rows(first);
      Value z = k.mulf(queryTimesKeys(k, query, column, range.keys, slot, rows, size),
                       k.constant(op.getScale().convertToDouble(), {k.keys()}));
      Value present = arith::CmpIOp::create(k.builder, k.loc, arith::CmpIPredicate::sge, rows,
                                            k.splat(k.i32(0), {k.keys()}));
      z = arith::SelectOp::create(k.builder, k.loc, present, z,
                                  k.constant(-std::numeric_limits<float>::infinity(), {k.keys()}));
      k.store(z, scores, place(range, first));
      return k.maxf(carried, k.reduce(tile::ReduceKind::max, z));
    });
  }

  /// Scores become weights; their sum has them unrounded.
  Value weigh(const KeyRange &range, Value top, Value denominator) {
    bool rounds = op.getNumerics().getOption("activations") == "bf16";
    return overKeys(range, denominator, [&](Value first, Value carried) {
      Value z = k.load(scores, place(range, first), {k.keys()});
      Value p = k.exp(k.subf(z, k.splat(top, {k.keys()})));
      k.store(rounds ? k.roundBF16(p) : p, scores, place(range, first));
      return k.addf(carried, k.reduce(tile::ReduceKind::add, p));
    });
  }

  Value addValues(const KeyRange &range, Value offset, int64_t width, Value sum) {
    return overKeys(range, sum, [&](Value first, Value carried) {
      Value weights = k.load(scores, place(range, first), {1, k.keys()});
      return k.dot(weights, k.gather(range.keys, {slot}, range.rows(first), offset, width), carried);
    });
  }

  KernelBuilder &k;
  Op op;
  Value query, output; // buffers [rows, heads * size]
  int64_t size;
  Value slot, column; // of this row; first element of this head
  Value scores;
  SmallVector<KeyRange, 2> ranges;
  int64_t places = 0;
};

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
  attention.addRange(k.memory(op.getEntries()), k.index(0), visible,
                     cast<EntriesType>(op.getEntries().getType()).getRows(),
                     [&k, visible](Value first) { return keyNumbers(k, first, visible); });
  attention.run();
}

void emitCsaAttention(KernelBuilder &k, CsaAttentionOp op) {
  Attention attention(k, op);
  attention.addWindow();
  int64_t chosen = rowElements(op.getTopk());
  Value topk = k.memory(op.getTopk());
  attention.addRange(
      k.memory(op.getEntries()), k.index(0), k.index(chosen), chosen,
      [&k, topk, chosen](Value first) -> Value {
        bool ragged = chosen % k.keys() != 0;
        Value rows = k.load(topk, {k.row, first}, {k.keys()}, /*masked=*/ragged);
        if (!ragged)
          return rows;
        // Lanes beyond the list were read as entry 0.
        Value left = k.splat(k.toI32(k.sub(k.index(chosen), first)), {k.keys()});
        Value inside =
            arith::CmpIOp::create(k.builder, k.loc, arith::CmpIPredicate::slt, k.iota(k.keys()), left);
        return arith::SelectOp::create(k.builder, k.loc, inside, rows, k.splat(k.i32(-1), {k.keys()}));
      });
  attention.run();
}

} // namespace mlir::v4

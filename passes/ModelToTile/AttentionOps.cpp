// Core attention of one head of one row (specification section 4.4).
//
// Keys are taken kKeys at a time in list order (window rows by ascending position, then entries) with a
// running maximum; the order depends on the row's position alone. Keys are the values too.
#include "passes/ModelToTile/KernelBuilder.h"

namespace mlir::v4 {

Value keyNumbers(KernelBuilder &k, Value first, Value end);
Value queryTimesKeys(KernelBuilder &k, Value query, Value queryColumn, Value keys, Value slot, Value rows,
                     int64_t size);

namespace {

struct Attention {
  KernelBuilder &k;
  Value query, output; // buffers [rows, heads * size]
  Value slot, column;  // of this row; first element of this head
  int64_t size;
  double scale;

  /// Adds kKeys keys (rows of a state, -1 none) to the running (maximum, denominator) and to the output row.
  SmallVector<Value> addKeys(Value keys, Value rows, ValueRange carried) {
    OpBuilder &b = k.builder;
    Value z = queryTimesKeys(k, query, column, keys, slot, rows, size);
    z = k.mulf(z, k.constant(scale, {kKeys}));
    Value zero = k.splat(k.i32(0), {kKeys});
    Value present = arith::CmpIOp::create(b, k.loc, arith::CmpIPredicate::sge, rows, zero);
    z = arith::SelectOp::create(b, k.loc, present, z,
                                k.constant(-std::numeric_limits<float>::infinity(), {kKeys}));
    Value top = k.maxf(carried[0], k.reduce(tile::ReduceKind::max, z));
    Value p = k.exp(k.subf(z, k.splat(top, {kKeys})));
    Value decay = k.exp(k.subf(carried[0], top));
    Value denominator = k.fma(carried[1], decay, k.reduce(tile::ReduceKind::add, p));
    Value weights = k.broadcast(p, {1, kKeys}, 0);
    k.forTiles(size, kLanes, [&](Value offset, int64_t width) {
      Value at = k.add(column, offset);
      Value old = k.mulf(k.loadF32(output, {k.row, at}, {1, width}), k.splat(decay, {1, width}));
      Value values = k.gather(keys, {slot}, rows, offset, width);
      k.store(k.dot(weights, values, old), output, {k.row, at});
    });
    return {top, denominator};
  }

  SmallVector<Value> start() {
    k.forTiles(size, kLanes, [&](Value offset, int64_t width) {
      k.store(k.constant(0.0, {width}), output, {k.row, k.add(column, offset)});
    });
    return {k.f32(-std::numeric_limits<float>::infinity()), k.f32(0.0)};
  }

  /// Positions max(0, position - window + 1) .. position.
  SmallVector<Value> addWindow(Value ring, int64_t ringRows, Value position, int64_t window,
                               ValueRange carried) {
    OpBuilder &b = k.builder;
    Value end = k.add(position, k.index(1));
    Value begin = k.sub(arith::MaxUIOp::create(b, k.loc, end, k.index(window)), k.index(window));
    return k.forLoop(begin, end, k.index(kKeys), carried, [&](Value first, ValueRange inner) {
      Value positions = keyNumbers(k, first, end);
      Value rows = arith::RemSIOp::create(b, k.loc, positions, k.splat(k.i32(ringRows), {kKeys}));
      return addKeys(ring, rows, inner); // -1 rem n = -1
    });
  }

  /// Divides by the denominator with the sink, which has a weight and no value.
  void finish(Value sink, ValueRange carried) {
    Value logit = k.loadScalarF32(sink, {k.head});
    Value denominator = k.addf(carried[1], k.exp(k.subf(logit, carried[0])));
    k.forTiles(size, kLanes, [&](Value offset, int64_t width) {
      Value at = k.add(column, offset);
      Value sum = k.loadF32(output, {k.row, at}, {width});
      k.store(k.divf(sum, k.splat(denominator, {width})), output, {k.row, at});
    });
  }
};

template <typename Op> Attention begin(KernelBuilder &k, Op op) {
  int64_t size = cast<RankedTensorType>(op.getQuery().getType()).getDimSize(2);
  return {k,
          k.memory(op.getQuery()),
          k.memory(op.getResult()),
          k.rowId(op.getSlots(), k.row),
          k.mul(k.head, k.index(size)),
          size,
          op.getScale().convertToDouble()};
}

template <typename Op> SmallVector<Value> addWindow(KernelBuilder &k, Attention &attention, Op op) {
  int64_t rows = cast<RingType>(op.getRing().getType()).getRows();
  Value position = k.rowId(op.getPositions(), k.row);
  return attention.addWindow(k.memory(op.getRing()), rows, position, op.getWindow(), attention.start());
}

} // namespace

void emitWindowAttention(KernelBuilder &k, WindowAttentionOp op) {
  Attention attention = begin(k, op);
  attention.finish(k.memory(op.getSink()), addWindow(k, attention, op));
}

void emitHcaAttention(KernelBuilder &k, HcaAttentionOp op) {
  Attention attention = begin(k, op);
  SmallVector<Value> carried = addWindow(k, attention, op);
  Value position = k.rowId(op.getPositions(), k.row);
  Value visible = k.div(k.add(position, k.index(1)), k.index(op.getRatio()));
  carried = k.forLoop(k.index(0), visible, k.index(kKeys), carried, [&](Value first, ValueRange inner) {
    return attention.addKeys(k.memory(op.getEntries()), keyNumbers(k, first, visible), inner);
  });
  attention.finish(k.memory(op.getSink()), carried);
}

void emitCsaAttention(KernelBuilder &k, CsaAttentionOp op) {
  Attention attention = begin(k, op);
  SmallVector<Value> carried = addWindow(k, attention, op);
  int64_t chosen = rowElements(op.getTopk());
  Value topk = k.memory(op.getTopk()), entries = k.memory(op.getEntries());
  carried =
      k.forLoop(k.index(0), k.index(chosen), k.index(kKeys), carried, [&](Value first, ValueRange inner) {
        Value rows = k.load(topk, {k.row, first}, {kKeys}, /*masked=*/true);
        // Lanes beyond the list were read as entry 0.
        Value left = k.splat(k.toI32(k.sub(k.index(chosen), first)), {kKeys});
        Value inside =
            arith::CmpIOp::create(k.builder, k.loc, arith::CmpIPredicate::slt, k.iota(kKeys), left);
        rows = arith::SelectOp::create(k.builder, k.loc, inside, rows, k.splat(k.i32(-1), {kKeys}));
        return attention.addKeys(entries, rows, inner);
      });
  attention.finish(k.memory(op.getSink()), carried);
}

} // namespace mlir::v4

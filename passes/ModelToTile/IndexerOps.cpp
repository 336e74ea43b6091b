// The lightning indexer (specification section 5.3).
#include "passes/ModelToTile/KernelBuilder.h"

#include "passes/ModelToTile/Select.h"

namespace mlir::v4 {

/// Entries that a query sees: (position + 1) / ratio.
static Value visibleEntries(KernelBuilder &k, Value position, int64_t ratio) {
  return k.div(k.add(position, k.index(1)), k.index(ratio));
}

/// Numbers first .. first + kKeys - 1, -1 from `end` on.
Value keyNumbers(KernelBuilder &k, Value first, Value end) {
  Value numbers = k.add(k.splat(k.toI32(first), {kKeys}), k.iota(kKeys));
  Value inside = arith::CmpIOp::create(k.builder, k.loc, arith::CmpIPredicate::slt, numbers,
                                       k.splat(k.toI32(end), {kKeys}));
  return arith::SelectOp::create(k.builder, k.loc, inside, numbers, k.splat(k.i32(-1), {kKeys}));
}

/// One query vector times kKeys key rows: [kKeys]. Lanes run over the dimension, which is summed at the end.
Value queryTimesKeys(KernelBuilder &k, Value query, Value queryColumn, Value keys, Value slot, Value rows,
                     int64_t size) {
  auto multiply = [&](Value offset, int64_t width, Value acc) {
    Value q = k.loadF32(query, {k.row, k.add(queryColumn, offset)}, {width});
    Value key = k.gather(keys, {slot}, rows, offset, width);
    return k.fma(key, k.broadcast(q, {kKeys, width}, 0), acc);
  };
  int64_t full = size / kKeys * kKeys;
  Value sum;
  if (full > 0) {
    Value zero = k.constant(0.0, {kKeys, kKeys});
    Value lanes =
        k.forLoop(k.index(0), k.index(full), k.index(kKeys), zero, [&](Value offset, ValueRange carried) {
          return SmallVector<Value>{multiply(offset, kKeys, carried[0])};
        })[0];
    sum = k.reduce(tile::ReduceKind::add, lanes);
  }
  if (full < size) {
    Value rest = multiply(k.index(full), size - full, k.constant(0.0, {kKeys, size - full}));
    rest = k.reduce(tile::ReduceKind::add, rest);
    sum = sum ? k.addf(sum, rest) : rest;
  }
  return sum;
}

void emitIndexScores(KernelBuilder &k, IndexScoresOp op) {
  auto type = cast<RankedTensorType>(op.getQuery().getType());
  int64_t heads = type.getDimSize(1), size = type.getDimSize(2);
  Value slot = k.rowId(op.getSlots(), k.row), position = k.rowId(op.getPositions(), k.row);
  Value visible = visibleEntries(k, position, op.getRatio());
  Value query = k.memory(op.getQuery()), weights = k.memory(op.getWeights()), keys = k.memory(op.getKeys());
  Value begin = k.mul(k.tileIndex, k.index(kLanes));
  Value end = arith::MinUIOp::create(k.builder, k.loc, k.add(begin, k.index(kLanes)), visible);
  auto scoreKeys = [&](Value first, ValueRange) -> SmallVector<Value> {
    Value rows = keyNumbers(k, first, visible);
    Value zero = k.constant(0.0, {kKeys});
    Value sum = k.forLoop(k.index(0), k.index(heads), k.index(1), zero, [&](Value head, ValueRange carried) {
      Value s = queryTimesKeys(k, query, k.mul(head, k.index(size)), keys, slot, rows, size);
      Value weight = k.splat(k.loadScalarF32(weights, {k.row, head}), {kKeys});
      return SmallVector<Value>{k.fma(k.maxf(s, zero), weight, carried[0])};
    })[0];
    k.store(sum, k.memory(op.getResult()), {k.row, first}, /*masked=*/true);
    return {};
  };
  k.forLoop(begin, end, k.index(kKeys), {}, scoreKeys);
}

void emitIndexTopk(KernelBuilder &k, IndexTopkOp op) {
  int64_t chosen = rowElements(op.getResult());
  Value visible = visibleEntries(k, k.rowId(op.getPositions(), k.row), op.getRatio());
  Value scores = k.memory(op.getScores()), result = k.memory(op.getResult());
  Value choice = k.less(k.index(chosen), visible);
  auto branch = scf::IfOp::create(k.builder, k.loc, choice, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(k.builder);
  k.builder.setInsertionPoint(branch.thenBlock()->getTerminator());
  emitSelection(k, {visible, chosen,
                    [&](Value offset, int64_t width) {
                      return k.loadF32(scores, {k.row, offset}, {width}, /*masked=*/true);
                    },
                    [&](Value i) { return k.loadScalarF32(scores, {k.row, i}); },
                    [&](Value place, Value i) { k.storeScalar(k.toI32(i), result, {k.row, place}); }});
  k.builder.setInsertionPoint(branch.elseBlock()->getTerminator());
  k.forEach(k.index(0), k.index(chosen), [&](Value i) {
    Value number = arith::SelectOp::create(k.builder, k.loc, k.less(i, visible), k.toI32(i), k.i32(-1));
    k.storeScalar(number, result, {k.row, i});
  });
}

} // namespace mlir::v4

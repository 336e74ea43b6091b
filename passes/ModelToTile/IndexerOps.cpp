// The lightning indexer (specification section 5.3).
#include "passes/ModelToTile/KeyTiles.h"

#include "passes/ModelToTile/Select.h"

namespace mlir::v4 {

/// A tile of keys times all heads' queries.
static void scoreKeyTiles(KernelBuilder &k, IndexScoresOp op, Value slot, Value begin, Value end,
                          Value visible, bool rounds) {
  auto type = cast<RankedTensorType>(op.getQuery().getType());
  int64_t heads = type.getDimSize(1), size = type.getDimSize(2), keys = k.keys();
  Value queries = k.viewHeads(k.memory(op.getQuery()), heads, size);
  Value q = k.transpose(k.load(queries, {k.row, k.index(0), k.index(0)}, {heads, size}));
  Value weights = k.loadF32(k.memory(op.getWeights()), {k.row, k.index(0)}, {heads});
  k.forLoop(begin, end, k.index(keys), {}, [&](Value first, ValueRange) -> SmallVector<Value> {
    Value tile =
        k.gatherFactor(k.memory(op.getKeys()), {slot}, keyNumbers(k, first, visible), k.index(0), size);
    Value s = k.dotFactors(tile, q, k.constant(0.0, {keys, heads}));
    if (rounds)
      s = k.roundBF16(s);
    s = k.mulf(k.maxf(s, k.constant(0.0, {keys, heads})), k.broadcast(weights, {keys, heads}, 0));
    Value sum = k.reduce(tile::ReduceKind::add, rounds ? k.roundBF16(s) : s);
    k.store(rounds ? k.roundBF16(sum) : sum, k.memory(op.getResult()), {k.row, first}, /*masked=*/true);
    return {};
  });
}

void emitIndexScores(KernelBuilder &k, IndexScoresOp op) {
  auto type = cast<RankedTensorType>(op.getQuery().getType());
  int64_t heads = type.getDimSize(1), size = type.getDimSize(2);
  Value slot = k.rowId(op.getSlots(), k.row), position = k.rowId(op.getPositions(), k.row);
  Value visible = visibleEntries(k, position, op.getRatio());
  Value query = k.memory(op.getQuery()), weights = k.memory(op.getWeights()), keys = k.memory(op.getKeys());
  bool rounds = op.getNumerics().getOption("index_score") == "bf16";
  Value begin = k.mul(k.tileIndex, k.index(k.lanes()));
  Value end = arith::MinUIOp::create(k.builder, k.loc, k.add(begin, k.index(k.lanes())), visible);
  if (k.target.isGpu())
    return scoreKeyTiles(k, op, slot, begin, end, visible, rounds);
  auto scoreKeys = [&](Value first, ValueRange) -> SmallVector<Value> {
    Value rows = keyNumbers(k, first, visible);
    Value zero = k.constant(0.0, {k.keys()});
    Value sum = k.forLoop(k.index(0), k.index(heads), k.index(1), zero, [&](Value head, ValueRange carried) {
      Value s = queryTimesKeys(k, query, k.mul(head, k.index(size)), keys, slot, rows, size);
      Value weight = k.splat(k.loadScalarF32(weights, {k.row, head}), {k.keys()});
      if (!rounds)
        return SmallVector<Value>{k.fma(k.maxf(s, zero), weight, carried[0])};
      Value liked = k.maxf(k.roundBF16(s), zero);
      return SmallVector<Value>{k.addf(carried[0], k.roundBF16(k.mulf(liked, weight)))};
    })[0];
    if (rounds)
      sum = k.roundBF16(sum);
    k.store(sum, k.memory(op.getResult()), {k.row, first}, /*masked=*/true);
    return {};
  };
  k.forLoop(begin, end, k.index(k.keys()), {}, scoreKeys);
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

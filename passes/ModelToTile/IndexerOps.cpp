// The lightning indexer (specification section 5.3).
#include "passes/ModelToTile/KeyTiles.h"

#include "passes/ModelToTile/Select.h"

namespace mlir::v4 {

void emitIndexScores(KernelBuilder &k, IndexScoresOp op) {
  auto type = cast<RankedTensorType>(op.getQuery().getType());
  int64_t heads = type.getDimSize(1), size = type.getDimSize(2);
  Value slot = k.rowId(op.getSlots(), k.row), position = k.rowId(op.getPositions(), k.row);
  Value visible = visibleEntries(k, position, op.getRatio());
  Value query = k.memory(op.getQuery()), weights = k.memory(op.getWeights()), keys = k.memory(op.getKeys());
  bool rounds = op.getNumerics().getOption("index_score") == "bf16";
  Value begin = k.mul(k.tileIndex, k.index(kLanes));
  Value end = arith::MinUIOp::create(k.builder, k.loc, k.add(begin, k.index(kLanes)), visible);
  auto scoreKeys = [&](Value first, ValueRange) -> SmallVector<Value> {
    Value rows = keyNumbers(k, first, visible);
    Value zero = k.constant(0.0, {kKeys});
    Value sum = k.forLoop(k.index(0), k.index(heads), k.index(1), zero, [&](Value head, ValueRange carried) {
      Value s = queryTimesKeys(k, query, k.mul(head, k.index(size)), keys, slot, rows, size);
      Value weight = k.splat(k.loadScalarF32(weights, {k.row, head}), {kKeys});
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

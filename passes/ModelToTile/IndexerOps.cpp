// The lightning indexer (specification section 5.3).
#include "passes/ModelToTile/IndexScores.h"
#include "passes/ModelToTile/KeyTiles.h"
#include "passes/ModelToTile/Records.h"
#include "passes/ModelToTile/Select.h"

namespace mlir::v4 {

Value sumOfHeads(KernelBuilder &k, Value dots, Value weights, NumericsAttr numerics) {
  bool rounds = numerics.getOption("index_score") == "bf16";
  auto rounded = [&](Value value) { return rounds ? k.roundBF16(value) : value; };
  // A product that is positive is no NaN, which makes rounding it cheaper than rounding any.
  Value positive = rounded(k.maxf(dots, k.constantLike(dots, 0.0)));
  return rounded(k.reduce(tile::ReduceKind::add, rounded(k.mulf(positive, weights))));
}

/// A tile of keys times all heads' queries.
static void scoreKeyTiles(KernelBuilder &k, IndexScoresOp op, Value slot, Value begin, Value end,
                          Value visible) {
  auto type = cast<RankedTensorType>(op.getQuery().getType());
  int64_t heads = type.getDimSize(1), size = type.getDimSize(2), keys = k.keys();
  Value queries = k.viewHeads(k.memory(op.getQuery()), heads, size);
  Value q = k.transpose(k.load(queries, {k.row, k.index(0), k.index(0)}, {heads, size}));
  Value weights = k.loadF32(k.memory(op.getWeights()), {k.row, k.index(0)}, {heads});
  k.forLoop(begin, end, k.index(keys), {}, [&](Value first, ValueRange) -> SmallVector<Value> {
    Value tile =
        k.gatherFactor(k.memory(op.getKeys()), {slot}, keyNumbers(k, first, visible), k.index(0), size);
    Value s = k.dotFactors(tile, q, k.constant(0.0, {keys, heads}));
    Value sums = sumOfHeads(k, s, k.broadcast(weights, {keys, heads}, 0), op.getNumerics());
    k.store(sums, k.memory(op.getResult()), {k.row, first}, /*masked=*/true);
    return {};
  });
}

namespace {

/// Scores on CPUs: a program's keys are widened once for all of its rows; heads lie in lanes.
class IndexLanes {
public:
  IndexLanes(KernelBuilder &k, IndexScoresOp op)
      : k(k), op(op), keys({op.getKeys().getType(), k.memory(op.getKeys())}) {
    auto type = cast<RankedTensorType>(op.getQuery().getType());
    heads = type.getDimSize(1), size = type.getDimSize(2);
    most = llvm::alignTo(std::min(k.lanes(), std::max<int64_t>(kTileBytes / (4 * size), 1)), kDotRows);
    // What a block of sums needs lies together.
    apart = heads % kBlock == 0;
    query = apart ? k.scratch({heads / kBlock, size, kBlock}) : k.scratch({size, heads});
    tile = k.scratch({most, size});
    scores = k.scratch({most, heads});
  }

  void run() {
    Value first = k.mul(k.tileIndex, k.index(k.lanes()));
    end = k.add(first, k.index(k.lanes()));
    k.forLoop(first, end, k.index(most), {}, [&](Value start, ValueRange) -> SmallVector<Value> {
      begin = start;
      scoreRows();
      return {};
    });
  }

private:
  /// Heads that `tile.dot_rows` takes together.
  static constexpr int64_t kBlock = 16;
  /// Bytes of widened keys at most.
  static constexpr int64_t kTileBytes = 512 * 1024;

  void scoreRows() {
    SmallVector<Value> widened = {k.i32(-1), k.index(0)}; // slot, keys
    Value rows = tile::NumRowsOp::create(k.builder, k.loc, k.builder.getIndexType());
    Value lastRow = arith::MinUIOp::create(k.builder, k.loc, k.add(k.firstRow, k.index(k.rowTile)), rows);
    k.forLoop(k.firstRow, lastRow, k.index(1), widened,
              [&](Value row, ValueRange carried) { return addRow(row, {carried[0], carried[1]}); });
  }

  /// The row's scores; what is widened then.
  SmallVector<Value> addRow(Value row, SmallVector<Value> widened) {
    k.row = row;
    Value slot = k.loadScalar(k.memory(op.getSlots()), {row, k.index(0)});
    Value visible = visibleEntries(k, k.rowId(op.getPositions(), row), op.getRatio());
    Value last = arith::MinUIOp::create(k.builder, k.loc, k.add(begin, k.index(most)), end);
    last = arith::MinUIOp::create(k.builder, k.loc, last, visible);
    Value count = k.sub(arith::MaxUIOp::create(k.builder, k.loc, begin, last), begin);
    Value same = arith::CmpIOp::create(k.builder, k.loc, arith::CmpIPredicate::eq, slot, widened[0]);
    Value known = arith::SelectOp::create(k.builder, k.loc, same, widened[1], k.index(0));
    k.forEach(known, count, [&](Value key) {
      widenKey(k, keys, k.toIndex(slot), k.add(begin, key), tile, key, /*parted=*/true);
    });
    k.ifThen(k.less(k.index(0), count), [&] {
      turnQuery();
      k.forEach(k.index(0), count, [&](Value key) {
        k.forTiles(heads, 16, [&](Value head, int64_t lanes) {
          k.store(k.constant(0.0, {lanes}), scores, {key, head});
        });
      });
      k.dotRows(tile, query, scores, k.wholeDotRows(count, kDotRows));
      Value weights = k.loadF32(k.memory(op.getWeights()), {row, k.index(0)}, {heads});
      k.forEach(k.index(0), count, [&](Value key) { addHeads(key, weights); });
    });
    return {slot, arith::MaxUIOp::create(k.builder, k.loc, known, count)};
  }

  void turnQuery() {
    k.forEach(k.index(0), k.index(heads), [&](Value head) {
      Value first = k.mul(head, k.index(size));
      forParted(
          k, keys.type, size,
          [&](Value offset, int64_t width) {
            return k.loadF32(k.memory(op.getQuery()), {k.row, k.add(first, offset)}, {width});
          },
          [&](Value part, Value place, int64_t width) { storeQuery(part, place, head); });
    });
  }

  void storeQuery(Value part, Value element, Value head) {
    if (!apart)
      return k.storeColumn(part, query, {element, head});
    k.storeColumn(part, query, {k.div(head, k.index(kBlock)), element, k.rem(head, k.index(kBlock))});
  }

  void addHeads(Value key, Value weights) {
    Value score = sumOfHeads(k, k.load(scores, {key, k.index(0)}, {heads}), weights, op.getNumerics());
    k.storeScalar(score, k.memory(op.getResult()), {k.row, k.add(begin, key)});
  }

  KernelBuilder &k;
  IndexScoresOp op;
  KeySource keys;
  int64_t heads, size, most; // most: keys that are widened together
  Value begin, end;          // first key of these; end of the program's
  bool apart;
  Value query;        // [size, heads], or `apart` [heads / kBlock, size, kBlock]
  Value tile, scores; // [most, size], [most, heads]
};

} // namespace

void emitIndexScores(KernelBuilder &k, IndexScoresOp op) {
  if (op.getCodes())
    return emitIndexCodes(k, op);
  if (!k.target.isGpu())
    return IndexLanes(k, op).run();
  Value slot = k.rowId(op.getSlots(), k.row), position = k.rowId(op.getPositions(), k.row);
  Value visible = visibleEntries(k, position, op.getRatio());
  Value begin = k.mul(k.tileIndex, k.index(k.lanes()));
  Value end = arith::MinUIOp::create(k.builder, k.loc, k.add(begin, k.index(k.lanes())), visible);
  scoreKeyTiles(k, op, slot, begin, end, visible);
}

void emitIndexTopk(KernelBuilder &k, IndexTopkOp op) {
  int64_t chosen = rowElements(op.getResult());
  Value visible = visibleEntries(k, k.rowId(op.getPositions(), k.row), op.getRatio());
  Value scores = k.memory(op.getScores()), result = k.memory(op.getResult());
  Value choice = k.less(k.index(chosen), visible);
  auto branch = scf::IfOp::create(k.builder, k.loc, choice, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(k.builder);
  k.builder.setInsertionPoint(branch.thenBlock()->getTerminator());
  auto tile = [&](Value offset, int64_t width) {
    return k.loadF32(scores, {k.row, offset}, {width}, /*masked=*/true);
  };
  auto scalar = [&](Value i) { return k.loadScalarF32(scores, {k.row, i}); };
  auto choose = [&](Value place, Value i) { k.storeScalar(k.toI32(i), result, {k.row, place}); };
  Selection selection = {visible, chosen, tile, scalar, choose};
  if (k.target.isGpu())
    emitSelection(k, selection);
  else
    emitLargeSelection(k, selection);
  k.builder.setInsertionPoint(branch.elseBlock()->getTerminator());
  k.forEach(k.index(0), k.index(chosen), [&](Value i) {
    Value number = arith::SelectOp::create(k.builder, k.loc, k.less(i, visible), k.toI32(i), k.i32(-1));
    k.storeScalar(number, result, {k.row, i});
  });
}

} // namespace mlir::v4

// Index scores of queries and keys in E2M1: a query's codes become bytes once, and keys are multiplied as
// they are stored (tile.dot_codes).
#include "passes/ModelToTile/IndexScores.h"
#include "passes/ModelToTile/KeyTiles.h"
#include "passes/ModelToTile/Records.h"

namespace mlir::v4 {
namespace {

constexpr int64_t kBlock = tile::kDigitBlock, kHalf = kBlock / 2;
/// Inputs that tile.dot_codes multiplies at once.
constexpr int64_t kGroup = 4;
/// Keys whose products stay in the first cache.
constexpr int64_t kKeys = 64;

class IndexCodes {
public:
  IndexCodes(KernelBuilder &k, IndexScoresOp op)
      : k(k), op(op), i8(k.builder.getI8Type()), keys(cast<EntriesType>(op.getKeys().getType())) {
    auto type = cast<RankedTensorType>(op.getQuery().getType());
    heads = type.getDimSize(1), size = type.getDimSize(2), lanes = llvm::alignTo(heads, 8);
    columns = k.programMemory("columns", {size / kBlock, kBlock / kGroup, lanes * kGroup}, i8);
    scales = k.scratch({size / kBlock, lanes});
    bytes = k.programMemory("bytes", {kBlock}, i8);
    dots = k.scratch({kKeys, lanes});
  }

  void run() {
    if (lanes != heads)
      clear();
    Value first = k.mul(k.tileIndex, k.index(k.lanes()));
    k.forEach(k.firstRow, k.add(k.firstRow, k.rowCount()), [&](Value row) {
      k.row = row;
      Value visible = visibleEntries(k, k.rowId(op.getPositions(), row), op.getRatio());
      Value end = min(k.add(first, k.index(k.lanes())), visible);
      k.ifThen(k.less(first, end), [&] { scoreKeys(first, end); });
    });
  }

private:
  Value min(Value a, Value b) { return arith::MinUIOp::create(k.builder, k.loc, a, b); }

  /// Heads that there are not.
  void clear() {
    Type line = k.tileType({lanes * kGroup}, i8);
    Value zeros = arith::ConstantOp::create(k.builder, k.loc, cast<TypedAttr>(k.builder.getZeroAttr(line)));
    k.forTiles(size / kBlock, 1, [&](Value block, int64_t) {
      k.forTiles(kBlock / kGroup, 1,
                 [&](Value group, int64_t) { k.store(zeros, columns, {block, group, k.index(0)}); });
      k.store(k.constant(0.0, {lanes}), scales, {block, k.index(0)});
    });
  }

  void scoreKeys(Value first, Value end) {
    Value slot = k.rowId(op.getSlots(), k.row);
    k.forEach(k.index(0), k.index(heads), [&](Value head) { writeQuery(head); });
    Value weights = k.loadF32(k.memory(op.getWeights()), {k.row, k.index(0)}, {heads});
    k.forLoop(first, end, k.index(kKeys), {}, [&](Value start, ValueRange) -> SmallVector<Value> {
      Value count = min(k.index(kKeys), k.sub(end, start));
      tile::DotCodesOp::create(k.builder, k.loc, k.memory(op.getKeys()), ValueRange{slot, start, k.index(0)},
                               keys.getScaleOffset(), columns, scales, dots, count);
      k.forEach(k.index(0), count, [&](Value key) {
        Value score = sumOfHeads(k, k.load(dots, {key, k.index(0)}, {heads}), weights, op.getNumerics());
        k.storeScalar(score, k.memory(op.getResult()), {k.row, k.add(start, key)});
      });
      return {};
    });
  }

  void writeQuery(Value head) {
    Value first = k.mul(head, k.index(size));
    k.forTiles(size, kBlock, [&](Value offset, int64_t) {
      Value block = k.div(offset, k.index(kBlock));
      auto [numbers, scale] =
          splitCodes(k, k.loadF32(k.memory(op.getQuery()), {k.row, k.add(first, offset)}, {kBlock}), kBlock);
      // Both factors are doubled.
      k.storeScalar(k.mulf(scale, k.f32(0.25)), scales, {block, head});
      Type half = k.tileType({kHalf}, k.builder.getI32Type());
      auto split = tile::DeinterleaveOp::create(k.builder, k.loc, half, half, numbers);
      storeBytes(split.getEven(), 0);
      storeBytes(split.getOdd(), kHalf);
      k.forEach(k.index(0), k.index(kBlock / kGroup), [&](Value group) {
        k.store(k.load(bytes, {k.mul(group, k.index(kGroup))}, {kGroup}), columns,
                {block, group, k.mul(head, k.index(kGroup))});
      });
    });
  }

  void storeBytes(Value numbers, int64_t at) {
    k.store(arith::TruncIOp::create(k.builder, k.loc, k.tileType({kHalf}, i8), numbers), bytes,
            {k.index(at)});
  }

  KernelBuilder &k;
  IndexScoresOp op;
  Type i8;
  EntriesType keys;
  int64_t heads, size, lanes; // lanes: of whole vectors of heads
  Value columns, scales;      // as tile.dot_codes has them
  Value bytes;                // a block of a head's query, the even numbers first
  Value dots;                 // [kKeys, lanes]
};

} // namespace

void emitIndexCodes(KernelBuilder &k, IndexScoresOp op) { IndexCodes(k, op).run(); }

} // namespace mlir::v4

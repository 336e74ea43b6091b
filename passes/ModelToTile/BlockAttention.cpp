#include "passes/ModelToTile/BlockAttention.h"

namespace mlir::v4 {
namespace {

/// What a tile of keys leaves: largest score, sum of weights, weighted sum of keys. One row a head.
struct Running {
  Value top, sum, values;
};

class HeadsAttention {
public:
  HeadsAttention(KernelBuilder &k, const HeadBlock &block, int64_t size)
      : k(k), block(block), heads(k.headTile), size(size) {}

  Value negativeInfinity(ArrayRef<int64_t> shape) {
    return k.constant(-std::numeric_limits<float>::infinity(), shape);
  }

  Running begin() {
    return {negativeInfinity({heads}), k.constant(0.0, {heads}), k.constant(0.0, {heads, size})};
  }

  Running attend(const KeyRange &range, Value query, Running running) {
    SmallVector<Value> carried = {running.top, running.sum, running.values};
    carried =
        k.forLoop(range.begin, range.end, k.index(k.keys()), carried, [&](Value first, ValueRange values) {
          Running next = addKeys(range, query, first, {values[0], values[1], values[2]});
          return SmallVector<Value>{next.top, next.sum, next.values};
        });
    return {carried[0], carried[1], carried[2]};
  }

  Value broadcastHeads(Value perHead, int64_t width) { return k.broadcast(perHead, {heads, width}, 1); }

private:
  Running addKeys(const KeyRange &range, Value query, Value first, const Running &before) {
    int64_t keys = k.keys();
    Value rows = range.rows(first);
    Value tile = k.gatherFactor(range.keys.memory, {block.slot}, rows, k.index(0), size);
    Value z = k.dotFactors(query, k.transpose(tile), k.constant(0.0, {heads, keys}));
    z = k.mulf(z, k.constant(block.scale.convertToDouble(), {heads, keys}));
    Value present =
        arith::CmpIOp::create(k.builder, k.loc, arith::CmpIPredicate::sge, rows, k.splat(k.i32(0), {keys}));
    z = arith::SelectOp::create(k.builder, k.loc, k.broadcast(present, {heads, keys}, 0), z,
                                negativeInfinity({heads, keys}));
    Value top = k.maxf(before.top, k.reduce(tile::ReduceKind::max, z));
    Value weights = k.exp(k.subf(z, broadcastHeads(top, keys)));
    Value fade = k.exp(k.subf(before.top, top));
    Value sum = k.addf(k.mulf(before.sum, fade), k.reduce(tile::ReduceKind::add, weights));
    if (block.rounds)
      weights = arith::TruncFOp::create(k.builder, k.loc, k.tileType({heads, keys}, k.builder.getBF16Type()),
                                        weights);
    Value faded = k.mulf(before.values, broadcastHeads(fade, size));
    return {top, sum, k.dotFactors(weights, tile, faded)};
  }

  KernelBuilder &k;
  const HeadBlock &block;
  int64_t heads, size; // of the program
};

} // namespace

void attendHeads(KernelBuilder &k, const HeadBlock &block, int64_t heads, int64_t size) {
  HeadsAttention attention(k, block, size);
  SmallVector<Value> place = {k.row, k.firstHead, k.index(0)};
  Value query = k.load(k.viewHeads(block.query, heads, size), place, {k.headTile, size});
  Running running = attention.begin();
  for (const KeyRange &range : block.ranges)
    running = attention.attend(range, query, running);
  // The sink has a weight and no value.
  Value sink = k.loadF32(block.sink, {k.firstHead}, {k.headTile});
  Value sum = k.addf(running.sum, k.exp(k.subf(sink, running.top)));
  Value result = k.divf(running.values, attention.broadcastHeads(sum, size));
  k.store(result, k.viewHeads(block.output, heads, size), place);
}

} // namespace mlir::v4

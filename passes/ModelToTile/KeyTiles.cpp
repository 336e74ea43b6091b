#include "passes/ModelToTile/KeyTiles.h"

namespace mlir::v4 {

Value visibleEntries(KernelBuilder &k, Value position, int64_t ratio) {
  return k.div(k.add(position, k.index(1)), k.index(ratio));
}

Value keyNumbers(KernelBuilder &k, Value first, Value end) {
  Value numbers = k.add(k.splat(k.toI32(first), {k.keys()}), k.iota(k.keys()));
  Value inside = arith::CmpIOp::create(k.builder, k.loc, arith::CmpIPredicate::slt, numbers,
                                       k.splat(k.toI32(end), {k.keys()}));
  return arith::SelectOp::create(k.builder, k.loc, inside, numbers, k.splat(k.i32(-1), {k.keys()}));
}

// Lanes run over the dimension, which is summed at the end.
Value queryTimesKeys(KernelBuilder &k, Value query, Value queryColumn, Value keys, Value slot, Value rows,
                     int64_t size) {
  auto multiply = [&](Value offset, int64_t width, Value acc) {
    Value q = k.loadF32(query, {k.row, k.add(queryColumn, offset)}, {width});
    Value key = k.gather(keys, {slot}, rows, offset, width);
    return k.fma(key, k.broadcast(q, {k.keys(), width}, 0), acc);
  };
  int64_t full = size / k.keys() * k.keys();
  Value sum;
  if (full > 0) {
    Value zero = k.constant(0.0, {k.keys(), k.keys()});
    Value lanes =
        k.forLoop(k.index(0), k.index(full), k.index(k.keys()), zero, [&](Value offset, ValueRange carried) {
          return SmallVector<Value>{multiply(offset, k.keys(), carried[0])};
        })[0];
    sum = k.reduce(tile::ReduceKind::add, lanes);
  }
  if (full < size) {
    Value rest = multiply(k.index(full), size - full, k.constant(0.0, {k.keys(), size - full}));
    rest = k.reduce(tile::ReduceKind::add, rest);
    sum = sum ? k.addf(sum, rest) : rest;
  }
  return sum;
}

} // namespace mlir::v4

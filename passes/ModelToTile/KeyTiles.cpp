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

} // namespace mlir::v4

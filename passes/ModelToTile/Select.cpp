#include "passes/ModelToTile/Select.h"

namespace mlir::v4 {
namespace {

/// An i32 whose unsigned order is the order of the f32 `value`; both zeros are one.
Value orderedKey(KernelBuilder &k, Value value) {
  OpBuilder &b = k.builder;
  Value sum = k.addf(value, k.constantLike(value, 0.0)); // -0 + 0 = +0
  Type ints = b.getI32Type();
  auto shaped = dyn_cast<RankedTensorType>(value.getType());
  if (shaped)
    ints = shaped.clone(ints);
  auto constant = [&](int32_t number) -> Value {
    TypedAttr attr = b.getI32IntegerAttr(number);
    if (shaped)
      attr = DenseElementsAttr::get(cast<RankedTensorType>(ints), number);
    return arith::ConstantOp::create(b, k.loc, attr);
  };
  Value bits = arith::BitcastOp::create(b, k.loc, ints, sum);
  // Negative numbers: all bits flipped. Others: the sign bit set.
  Value sign = arith::ShRSIOp::create(b, k.loc, bits, constant(31));
  Value mask = arith::OrIOp::create(b, k.loc, sign, constant(std::numeric_limits<int32_t>::min()));
  return arith::XOrIOp::create(b, k.loc, bits, mask);
}

/// How many keys compare with `bound` under `predicate`, as i32.
Value countKeys(KernelBuilder &k, const Selection &selection, arith::CmpIPredicate predicate, Value bound) {
  OpBuilder &b = k.builder;
  auto ints = k.tileType({k.lanes()}, b.getI32Type());
  Value zero = arith::ConstantOp::create(b, k.loc, DenseElementsAttr::get(ints, int32_t(0)));
  Value lanes =
      k.forLoop(k.index(0), selection.count, k.index(k.lanes()), zero, [&](Value offset, ValueRange carried) {
        Value keys = orderedKey(k, selection.tile(offset, k.lanes()));
        Value hit = arith::CmpIOp::create(b, k.loc, predicate, keys, k.splat(bound, {k.lanes()}));
        Value left = k.splat(k.toI32(k.sub(selection.count, offset)), {k.lanes()});
        Value inside = arith::CmpIOp::create(b, k.loc, arith::CmpIPredicate::slt, k.iota(k.lanes()), left);
        Value counted = arith::AndIOp::create(b, k.loc, hit, inside);
        return SmallVector<Value>{k.add(carried[0], arith::ExtUIOp::create(b, k.loc, ints, counted))};
      })[0];
  return k.reduce(tile::ReduceKind::add, lanes);
}

} // namespace

void emitSelection(KernelBuilder &k, const Selection &selection) {
  OpBuilder &b = k.builder;
  Value wanted = k.i32(selection.chosen);
  auto select = [&](Value condition, Value yes, Value no) -> Value {
    return arith::SelectOp::create(b, k.loc, condition, yes, no);
  };
  // The largest key that at least k keys reach, from the highest bit down.
  Value threshold =
      k.forLoop(k.index(0), k.index(32), k.index(1), k.i32(0), [&](Value step, ValueRange carried) {
        Value shift = k.sub(k.i32(31), k.toI32(step));
        Value bit = arith::ShLIOp::create(b, k.loc, k.i32(1), shift);
        Value candidate = arith::OrIOp::create(b, k.loc, carried[0], bit);
        Value reached = countKeys(k, selection, arith::CmpIPredicate::uge, candidate);
        Value enough = arith::CmpIOp::create(b, k.loc, arith::CmpIPredicate::sge, reached, wanted);
        return SmallVector<Value>{select(enough, candidate, carried[0])};
      })[0];
  Value above = countKeys(k, selection, arith::CmpIPredicate::ugt, threshold);
  Value ties = k.sub(wanted, above);
  k.forLoop(k.index(0), selection.count, k.index(1), {k.i32(0), ties}, [&](Value i, ValueRange carried) {
    Value key = orderedKey(k, selection.scalar(i));
    Value better = arith::CmpIOp::create(b, k.loc, arith::CmpIPredicate::ugt, key, threshold);
    Value equal = arith::CmpIOp::create(b, k.loc, arith::CmpIPredicate::eq, key, threshold);
    Value open = k.less(k.i32(0), carried[1]);
    Value tie = arith::AndIOp::create(b, k.loc, equal, open);
    Value take = arith::OrIOp::create(b, k.loc, better, tie);
    k.ifThen(take, [&] { selection.choose(k.toIndex(carried[0]), i); });
    return SmallVector<Value>{select(take, k.add(carried[0], k.i32(1)), carried[0]),
                              select(tie, k.sub(carried[1], k.i32(1)), carried[1])};
  });
}

} // namespace mlir::v4

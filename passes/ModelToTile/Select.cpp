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

namespace {

class DigitSelection {
public:
  DigitSelection(KernelBuilder &k, const Selection &selection)
      : k(k), b(k.builder), selection(selection),
        histogram(tile::ScratchOp::create(b, k.loc, MemRefType::get({kBins}, b.getI32Type()))) {}

  void run() {
    Value left = k.i32(selection.chosen); // wanted of those that begin with `prefix`
    Value prefix = k.i32(0);
    for (auto [shift, bits] : kDigits) {
      countDigits(prefix, shift, bits);
      auto [digit, rest] = findDigit(left, int64_t(1) << bits);
      prefix = orBits(shiftLeft(prefix, bits), digit);
      left = rest;
    }
    choose(prefix, left);
  }

private:
  static constexpr int64_t kBins = 2048;
  static constexpr std::pair<int, int> kDigits[] = {{21, 11}, {10, 11}, {0, 10}}; // lowest bit, bits

  Value compare(arith::CmpIPredicate predicate, Value x, Value y) {
    return arith::CmpIOp::create(b, k.loc, predicate, x, y);
  }
  Value select(Value condition, Value yes, Value no) {
    return arith::SelectOp::create(b, k.loc, condition, yes, no);
  }
  Value orBits(Value x, Value y) { return arith::OrIOp::create(b, k.loc, x, y); }
  Value constant(Value like, int64_t value) {
    auto tile = dyn_cast<RankedTensorType>(like.getType());
    return tile ? k.splat(k.i32(value), tile.getShape()) : k.i32(value);
  }
  Value shiftLeft(Value x, int by) { return arith::ShLIOp::create(b, k.loc, x, constant(x, by)); }
  Value shiftRight(Value x, int by) { return arith::ShRUIOp::create(b, k.loc, x, constant(x, by)); }

  /// How often each digit occurs among keys whose higher bits are `prefix`.
  void countDigits(Value prefix, int shift, int bits) {
    k.forEach(k.index(0), k.index(int64_t(1) << bits),
              [&](Value bin) { k.storeScalar(k.i32(0), histogram, {bin}); });
    bool all = shift + bits == 32;
    auto count = [&](Value i) {
      Value key = orderedKey(k, selection.scalar(i));
      Value digit = arith::AndIOp::create(b, k.loc, shiftRight(key, shift), k.i32((int64_t(1) << bits) - 1));
      Value one = k.i32(1);
      if (!all)
        one = select(compare(arith::CmpIPredicate::eq, shiftRight(key, shift + bits), prefix), one, k.i32(0));
      Value bin = k.toIndex(digit);
      k.storeScalar(k.add(k.loadScalar(histogram, {bin}), one), histogram, {bin});
    };
    if (all)
      return k.forEach(k.index(0), selection.count, count);
    forHits(
        [&](Value keys) {
          return compare(arith::CmpIPredicate::eq, shiftRight(keys, shift + bits),
                         k.splat(prefix, {k.lanes()}));
        },
        {},
        [&](Value i, ValueRange) {
          count(i);
          return SmallVector<Value>();
        });
  }

  /// The digit of the `wanted`-th largest, and how many of those with it are wanted.
  std::pair<Value, Value> findDigit(Value wanted, int64_t bins) {
    // From the top down; once the digit is found nothing changes any more.
    SmallVector<Value> start = {k.i32(0), wanted, k.i32(1)};
    SmallVector<Value> found =
        k.forLoop(k.index(0), k.index(bins), k.index(1), start, [&](Value step, ValueRange carried) {
          Value bin = k.sub(k.index(bins - 1), step), count = k.loadScalar(histogram, {bin});
          Value open = compare(arith::CmpIPredicate::ne, carried[2], k.i32(0));
          Value here = compare(arith::CmpIPredicate::sge, count, carried[1]);
          Value taken = arith::AndIOp::create(b, k.loc, open, here);
          Value passed = select(open, k.sub(carried[1], count), carried[1]);
          return SmallVector<Value>{select(taken, k.toI32(bin), carried[0]),
                                    select(taken, carried[1], passed), select(taken, k.i32(0), carried[2])};
        });
    return {found[0], found[1]};
  }

  /// Keys above the threshold, and the first `ties` that equal it.
  void choose(Value threshold, Value ties) {
    forHits(
        [&](Value keys) { return compare(arith::CmpIPredicate::uge, keys, k.splat(threshold, {k.lanes()})); },
        {k.i32(0), ties},
        [&](Value i, ValueRange carried) {
          Value key = orderedKey(k, selection.scalar(i));
          Value better = compare(arith::CmpIPredicate::ugt, key, threshold);
          Value equal = compare(arith::CmpIPredicate::eq, key, threshold);
          Value tie = arith::AndIOp::create(b, k.loc, equal, k.less(k.i32(0), carried[1]));
          Value take = orBits(better, tie);
          k.ifThen(take, [&] { selection.choose(k.toIndex(carried[0]), i); });
          return SmallVector<Value>{select(take, k.add(carried[0], k.i32(1)), carried[0]),
                                    select(tie, k.sub(carried[1], k.i32(1)), carried[1])};
        });
  }

  /// `body` for the numbers of tiles in which `hit` is true somewhere.
  void forHits(function_ref<Value(Value keys)> hit, ArrayRef<Value> init, KernelBuilder::CarryBody body) {
    auto ints = k.tileType({k.lanes()}, b.getI32Type());
    k.forLoop(k.index(0), selection.count, k.index(k.lanes()), init, [&](Value offset, ValueRange carried) {
      Value hits = hit(orderedKey(k, selection.tile(offset, k.lanes())));
      Value any = k.reduce(tile::ReduceKind::max, arith::ExtUIOp::create(b, k.loc, ints, hits));
      Value tileEnd = arith::MinUIOp::create(b, k.loc, k.add(offset, k.index(k.lanes())), selection.count);
      Value end = select(compare(arith::CmpIPredicate::ne, any, k.i32(0)), tileEnd, offset);
      return k.forLoop(offset, end, k.index(1), SmallVector<Value>(carried), body);
    });
  }

  KernelBuilder &k;
  OpBuilder &b;
  const Selection &selection;
  Value histogram; // [kBins] of i32
};

} // namespace

void emitLargeSelection(KernelBuilder &k, const Selection &selection) { DigitSelection(k, selection).run(); }

} // namespace mlir::v4

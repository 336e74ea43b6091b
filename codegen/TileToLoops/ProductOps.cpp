// Sums in the orders that the tile dialect defines, and the decoding of what is multiplied.
#include "codegen/TileToLoops/LoopEmitter.h"

#include "codegen/TileToVector/Widen.h"

namespace mlir::v4 {

void LoopEmitter::emitReduce(tile::ReduceOp op) {
  const TileStorage from = tile(op.getInput());
  bool toScalar = !isa<RankedTensorType>(op.getResult().getType());
  TileStorage result = toScalar ? allocate(from.element, 1, 1) : define(op.getResult());
  TileStorage line = allocate(from.element, 1, from.columns);
  auto combine = [&](Value x, Value y) -> Value {
    bool isFloat = isa<FloatType>(from.element);
    if (op.getKind() == tile::ReduceKind::add)
      return isFloat ? arith::AddFOp::create(b, x, y).getResult()
                     : arith::AddIOp::create(b, x, y).getResult();
    return isFloat ? arith::MaximumFOp::create(b, x, y).getResult()
                   : arith::MaxSIOp::create(b, x, y).getResult();
  };
  forEach(from.rows, 1, [&](Value row) {
    int64_t whole = chunk(from.columns);
    forEach(from.columns, whole,
            [&](Value i) { store(load(from, add(mul(row, from.columns), i), whole), line, i); });
    for (int64_t count = from.columns; count > 1; count = count / 2 + count % 2) {
      int64_t half = count / 2, width = chunk(half);
      forEach(half, width, [&](Value i) {
        store(combine(load(line, i, width), load(line, add(i, index(half)), width)), line, i);
      });
      if (count % 2 != 0)
        store(load(line, index(count - 1), 1), line, index(half));
    }
    store(load(line, index(0), 1), result, row);
  });
  if (toScalar)
    scalars.map(op.getResult(), load(result, index(0), 1));
}

/// acc[m, n] = fma(a[m, k], b[k, n], acc[m, n]), k ascending.
void LoopEmitter::addProducts(const TileStorage &a, const TileStorage &right, const TileStorage &acc) {
  int64_t width = chunk(acc.columns);
  auto widen = [&](Value value, int64_t lanes) -> Value {
    if (!getElementTypeOrSelf(value).isBF16())
      return value;
    Type type = lanes == 1 ? acc.element : VectorType::get({lanes}, acc.element);
    return arith::ExtFOp::create(b, type, value);
  };
  forEach(acc.rows, 1, [&](Value m) {
    forEach(a.columns, 1, [&](Value k) {
      Value left = splat(widen(load(a, add(mul(m, a.columns), k), 1), 1), width);
      forEach(acc.columns, width, [&](Value n) {
        Value place = add(mul(m, acc.columns), n);
        Value factor = widen(load(right, add(mul(k, right.columns), n), width), width);
        store(math::FmaOp::create(b, left, factor, load(acc, place, width)), acc, place);
      });
    });
  });
}

void LoopEmitter::emitDot(tile::DotOp op) {
  const TileStorage to = define(op.getResult());
  copy(tile(op.getAcc()), to);
  addProducts(tile(op.getA()), tile(op.getB()), to);
}

void LoopEmitter::emitScaledDot(tile::ScaledDotOp op) {
  constexpr int64_t kGroup = 32;
  const TileStorage to = define(op.getResult()), bytes = tile(op.getA()), scales = tile(op.getScales());
  copy(tile(op.getAcc()), to);
  bool nibbles = op.getFormat() == tile::Format::e2m1;
  int64_t group = nibbles ? kGroup / 2 : kGroup;
  TileStorage a = allocate(b.getF32Type(), to.rows, scales.columns * kGroup);
  forEach(scales.size(), 1, [&](Value number) { // rows are made of whole groups
    Value codes = load(bytes, mul(number, group), group), wide;
    if (nibbles) {
      auto [low, high] = widenNibbles(b, codes);
      wide = vector::InterleaveOp::create(b, low, high);
    } else {
      wide = widenBytes(b, codes, tile::Format::e4m3);
    }
    Value code = splat(load(scales, number, 1), kGroup);
    Value scale = widenBytes(b, code, tile::Format::e8m0);
    store(arith::MulFOp::create(b, wide, scale), a, mul(number, kGroup));
  });
  addProducts(a, tile(op.getB()), to);
}

void LoopEmitter::emitWiden(tile::WidenOp op) {
  const TileStorage to = define(op.getResult()), from = tile(op.getInput());
  int64_t width = std::max<int64_t>(chunk(from.columns), 1);
  auto codes = [&](Value number) {
    Value value = load(from, number, width);
    return width == 1
               ? vector::BroadcastOp::create(b, VectorType::get({1}, value.getType()), value).getResult()
               : value;
  };
  auto put = [&](Value value, Value number) {
    store(width == 1 ? vector::ExtractOp::create(b, value, 0).getResult() : value, to, number);
  };
  forEach(from.rows, 1, [&](Value row) {
    forEach(from.columns, width, [&](Value column) {
      Value bytes = codes(add(mul(row, from.columns), column));
      if (op.getFormat() != tile::Format::e2m1)
        return put(widenBytes(b, bytes, op.getFormat()), add(mul(row, to.columns), column));
      auto [low, high] = widenNibbles(b, bytes);
      Value place = add(mul(row, 2 * to.columns), column);
      put(low, place);
      put(high, add(place, index(to.columns)));
    });
  });
}

} // namespace mlir::v4

// Rotary position (specification section 4.2).
#include "passes/ModelToTile/KernelBuilder.h"

namespace mlir::v4 {
namespace {

Value constantF64(KernelBuilder &k, double value, int64_t size) {
  auto type = k.tileType({size}, k.builder.getF64Type());
  return arith::ConstantOp::create(k.builder, k.loc, DenseElementsAttr::get(type, value));
}

/// coefficients[0] + x * (coefficients[1] + x * ...)
Value polynomial(KernelBuilder &k, Value x, ArrayRef<double> coefficients, int64_t size) {
  Value sum = constantF64(k, coefficients.back(), size);
  for (double coefficient : llvm::reverse(coefficients.drop_back()))
    sum = k.fma(sum, x, constantF64(k, coefficient, size));
  return sum;
}

/// Cosine and sine of non-negative float32 angles, rounded once to float32.
///
/// The angle is reduced in float64 by multiples of pi/2 in three parts, exact for quotients below 2^20 or so
/// (a million positions at frequency 1 are 670,000 quarter turns); the Taylor sums beyond x^16 are below
/// 2^-60 on [-pi/4, pi/4].
std::pair<Value, Value> cosAndSin(KernelBuilder &k, Value angle, int64_t size) {
  OpBuilder &b = k.builder;
  auto wide = k.tileType({size}, b.getF64Type());
  auto ints = k.tileType({size}, b.getI32Type());
  Value x = arith::ExtFOp::create(b, k.loc, wide, angle);
  Value turns = k.fma(x, constantF64(k, 0.63661977236758134308, size), constantF64(k, 0.5, size));
  Value quarter = arith::FPToSIOp::create(b, k.loc, ints, turns);
  Value n = arith::SIToFPOp::create(b, k.loc, wide, quarter);
  Value r = k.fma(n, constantF64(k, -0x1.921fb54400000p+0, size), x);
  r = k.fma(n, constantF64(k, -0x1.0b4611a600000p-34, size), r);
  r = k.fma(n, constantF64(k, -0x1.3198a2e037073p-69, size), r);
  Value r2 = k.mulf(r, r);
  Value sine = k.mulf(r, polynomial(k, r2,
                                    {1.0, -1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880, -1.0 / 39916800,
                                     1.0 / 6227020800.0, -1.0 / 1307674368000.0, 1.0 / 355687428096000.0},
                                    size));
  Value cosine = polynomial(k, r2,
                            {1.0, -1.0 / 2, 1.0 / 24, -1.0 / 720, 1.0 / 40320, -1.0 / 3628800,
                             1.0 / 479001600, -1.0 / 87178291200.0, 1.0 / 20922789888000.0},
                            size);
  auto bit = [&](Value quarters, int32_t mask) -> Value {
    Value masked = arith::AndIOp::create(
        b, k.loc, quarters, arith::ConstantOp::create(b, k.loc, DenseElementsAttr::get(ints, mask)));
    Value zero = arith::ConstantOp::create(b, k.loc, DenseElementsAttr::get(ints, int32_t(0)));
    return arith::CmpIOp::create(b, k.loc, arith::CmpIPredicate::ne, masked, zero);
  };
  auto pick = [&](Value condition, Value yes, Value no) -> Value {
    return arith::SelectOp::create(b, k.loc, condition, yes, no);
  };
  auto negate = [&](Value value) -> Value { return arith::NegFOp::create(b, k.loc, value); };
  // Quarter turns: (cos, sin) -> (-sin, cos) -> (-cos, -sin) -> (sin, -cos).
  Value odd = bit(quarter, 1), upper = bit(quarter, 2);
  Value one = arith::ConstantOp::create(b, k.loc, DenseElementsAttr::get(ints, int32_t(1)));
  Value cosNegative = bit(arith::AddIOp::create(b, k.loc, quarter, one), 2);
  Value cosMagnitude = pick(odd, sine, cosine), sinMagnitude = pick(odd, cosine, sine);
  Value c = pick(cosNegative, negate(cosMagnitude), cosMagnitude);
  Value s = pick(upper, negate(sinMagnitude), sinMagnitude);
  auto narrow = k.f32Tile({size});
  return {arith::TruncFOp::create(b, k.loc, narrow, c), arith::TruncFOp::create(b, k.loc, narrow, s)};
}

/// Copies a vector of `size` elements and rotates its last ones. `sign` -1 takes the rotation off.
void rotateVector(KernelBuilder &k, Value from, Value to, Value column, int64_t size, Value cos, Value sin,
                  int64_t pairs, bool inverse) {
  int64_t plain = size - 2 * pairs;
  k.copy(from, {k.row, column}, to, {k.row, column}, plain);
  Value tail = k.add(column, k.index(plain));
  Value x = k.loadF32(from, {k.row, tail}, {2 * pairs});
  auto half = k.f32Tile({pairs});
  auto split = tile::DeinterleaveOp::create(k.builder, k.loc, half, half, x);
  Value a = split.getEven(), b = split.getOdd();
  Value c = k.loadF32(cos, {k.row, k.index(0)}, {pairs}), s = k.loadF32(sin, {k.row, k.index(0)}, {pairs});
  if (inverse)
    s = arith::NegFOp::create(k.builder, k.loc, s);
  Value even = k.subf(k.mulf(a, c), k.mulf(b, s)), odd = k.addf(k.mulf(a, s), k.mulf(b, c));
  Value rotated = tile::InterleaveOp::create(k.builder, k.loc, k.f32Tile({2 * pairs}), even, odd);
  k.store(rotated, to, {k.row, tail});
}

} // namespace

void emitRopeTable(KernelBuilder &k, RopeTableOp op) {
  SmallVector<float> frequencies = op.getRope().getFrequencies();
  int64_t size = frequencies.size();
  Value position = k.loadScalar(k.memory(op.getPositions()), {k.row, k.index(0)});
  // Blocks that began before the sequence are never emitted: their first position may as well be 0.
  position = k.add(position, k.i32(op.getOffset()));
  position = arith::MaxSIOp::create(k.builder, k.loc, position, k.i32(0));
  Value real = arith::SIToFPOp::create(k.builder, k.loc, k.builder.getF32Type(), position);
  auto type = k.f32Tile({size});
  Value table =
      arith::ConstantOp::create(k.builder, k.loc, DenseElementsAttr::get(type, ArrayRef<float>(frequencies)));
  Value angle = k.mulf(k.splat(real, {size}), table);
  auto [c, s] = cosAndSin(k, angle, size);
  k.store(c, k.memory(op.getCos()), {k.row, k.index(0)});
  k.store(s, k.memory(op.getSin()), {k.row, k.index(0)});
}

void emitRope(KernelBuilder &k, RopeOp op) {
  auto type = cast<RankedTensorType>(op.getInput().getType());
  int64_t size = type.getShape().back(), heads = type.getRank() == 3 ? type.getDimSize(1) : 1;
  int64_t pairs = rowElements(op.getCos());
  Value from = k.memory(op.getInput()), to = k.memory(op.getResult());
  Value cos = k.memory(op.getCos()), sin = k.memory(op.getSin());
  auto rotateHead = [&](Value head) {
    rotateVector(k, from, to, k.mul(head, k.index(size)), size, cos, sin, pairs, /*inverse=*/false);
  };
  if (k.head)
    rotateHead(k.head);
  else
    k.forEach(k.index(0), k.index(heads), rotateHead);
}

void emitGroupHeads(KernelBuilder &k, GroupHeadsOp op) {
  int64_t size = cast<RankedTensorType>(op.getInput().getType()).getShape().back();
  rotateVector(k, k.memory(op.getInput()), k.memory(op.getResult()), k.mul(k.head, k.index(size)), size,
               k.memory(op.getCos()), k.memory(op.getSin()), rowElements(op.getCos()), /*inverse=*/true);
}

} // namespace mlir::v4

// What the published numerics do to activations (specification section 2). All steps are exact but those that
// the format is about, so the order of operations is no matter here.
#include "passes/ModelToTile/KernelBuilder.h"

namespace mlir::v4 {
namespace {

/// Integer arithmetic on the bits of an f32 scalar or tile.
struct Bits {
  KernelBuilder &k;

  Type integers(Type like) const {
    Type i32 = k.builder.getI32Type();
    auto tile = dyn_cast<RankedTensorType>(like);
    return tile ? Type(tile.clone(i32)) : i32;
  }
  Value of(Value number) const {
    return arith::BitcastOp::create(k.builder, k.loc, integers(number.getType()), number);
  }
  Value toF32(Value bits) const {
    Type f32 = k.builder.getF32Type();
    auto tile = dyn_cast<RankedTensorType>(bits.getType());
    return arith::BitcastOp::create(k.builder, k.loc, tile ? Type(tile.clone(f32)) : f32, bits);
  }
  Value constant(Value like, int32_t value) const {
    Type type = integers(like.getType());
    TypedAttr attr = k.builder.getI32IntegerAttr(value);
    if (auto tile = dyn_cast<RankedTensorType>(type))
      attr = DenseElementsAttr::get(tile, value);
    return arith::ConstantOp::create(k.builder, k.loc, attr);
  }
  Value mask(Value bits, int32_t with) const {
    return arith::AndIOp::create(k.builder, k.loc, bits, constant(bits, with));
  }
};

constexpr int32_t kExponentMask = 0x7f800000, kMantissaMask = 0x007fffff;

/// The least power of two that is not below the positive `number`.
Value ceilPowerOfTwo(KernelBuilder &k, Value number) {
  Bits bits{k};
  Value raw = bits.of(number);
  return bits.toF32(bits.mask(k.add(raw, bits.constant(raw, kMantissaMask)), kExponentMask));
}

/// 1 / `power`, a power of two whose reciprocal is one, too.
Value reciprocalOfPower(KernelBuilder &k, Value power) {
  Bits bits{k};
  Value raw = bits.of(power);
  return bits.toF32(k.sub(bits.constant(raw, 254 << 23), raw));
}

struct FormatFacts {
  double largest;
  double floor;      // least magnitude that a scale is made for
  double leastPower; // binade of the smallest normal number
  int mantissaBits;
};

FormatFacts factsOf(QuantFormat format) {
  if (format == QuantFormat::e4m3)
    return {448, 1e-4, 0x1p-6, 3};
  return {6, 6 * 0x1p-126, 1, 1};
}

/// To the nearest number of the format, ties to even; |x| is at most its largest.
Value roundTo(KernelBuilder &k, Value x, const FormatFacts &format) {
  Bits bits{k};
  Value binade = bits.toF32(bits.mask(bits.of(x), kExponentMask)); // 2^exponent, sign dropped
  binade = k.maxf(binade, k.constantLike(x, format.leastPower));
  // Adding 1.5 * 2^23 units leaves no bits below a unit, and the sum is rounded to even; taking it away is
  // exact.
  double units = std::ldexp(1.5, 23 - format.mantissaBits);
  Value shift = k.mulf(binade, k.constantLike(x, units));
  Value rounded = k.subf(k.addf(x, shift), shift);
  return math::CopySignOp::create(k.builder, k.loc, rounded, x); // keeps -0
}

/// One block, `x`.
Value fakeQuantise(KernelBuilder &k, Value x, const FormatFacts &format) {
  auto type = cast<RankedTensorType>(x.getType());
  Value top = k.reduce(tile::ReduceKind::max, math::AbsFOp::create(k.builder, k.loc, x));
  top = k.maxf(top, k.f32(format.floor));
  // The reciprocal is a float32 number by definition.
  Value scale = ceilPowerOfTwo(k, k.mulf(top, k.f32(1.0f / static_cast<float>(format.largest))));
  Value down = k.splat(reciprocalOfPower(k, scale), type.getShape()), up = k.splat(scale, type.getShape());
  Value scaled = k.mulf(x, down);
  scaled = k.maxf(k.minf(scaled, k.constantLike(x, format.largest)), k.constantLike(x, -format.largest));
  return k.mulf(roundTo(k, scaled, format), up);
}

/// Element `column` of vector `vector` in the row of a buffer, which may keep vectors apart.
SmallVector<Value> place(KernelBuilder &k, Value memory, Value row, Value vector, int64_t size,
                         Value column) {
  if (cast<MemRefType>(memory.getType()).getRank() == 3)
    return {row, vector, column};
  return {row, k.add(k.mul(vector, k.index(size)), column)};
}

/// One block of `op`'s result. Digits replace the numbers 32 by 32.
void storeQuantised(KernelBuilder &k, FakeQuantiseOp op, Value x, SmallVector<Value> at) {
  Value result = k.memory(op.getResult());
  k.store(fakeQuantise(k, x, factsOf(op.getFormat())), result, at);
  if (!op.getDigits())
    return;
  Value column = at.back();
  k.forTiles(cast<RankedTensorType>(x.getType()).getDimSize(0), tile::kDigitBlock,
             [&](Value offset, int64_t width) {
               at.back() = k.add(column, offset);
               tile::SplitDigitsOp::create(k.builder, k.loc, k.load(result, at, {width}), result, at);
             });
}

} // namespace

/// The block that the program's outputs are.
static void quantiseOutputs(KernelBuilder &k, FakeQuantiseOp op) {
  int64_t size = cast<RankedTensorType>(op.getResult().getType()).getShape().back();
  int64_t width = static_cast<int64_t>(op.getBlock());
  Value blocks = k.index(size / width), input = k.memory(op.getInput()), result = k.memory(op.getResult());
  k.forRows([&](Value row) {
    Value vector = k.div(k.tileIndex, blocks), column = k.mul(k.rem(k.tileIndex, blocks), k.index(width));
    Value x = k.loadF32(input, place(k, input, row, vector, size, column), {width});
    storeQuantised(k, op, x, place(k, result, row, vector, size, column));
  });
}

void emitFakeQuantise(KernelBuilder &k, FakeQuantiseOp op) {
  if (!k.row)
    return quantiseOutputs(k, op);
  int64_t size = cast<RankedTensorType>(op.getResult().getType()).getShape().back();
  int64_t first = op.getFirst().value_or(size), vectors = rowElements(op.getResult()) / size;
  Value input = k.memory(op.getInput()), result = k.memory(op.getResult());
  k.forEach(k.index(0), k.index(vectors), [&](Value vector) {
    k.forTiles(first, op.getBlock(), [&](Value offset, int64_t width) {
      Value x = k.loadF32(input, place(k, input, k.row, vector, size, offset), {width});
      storeQuantised(k, op, x, place(k, result, k.row, vector, size, offset));
    });
    if (first < size)
      k.copy(input, place(k, input, k.row, vector, size, k.index(first)), result,
             place(k, result, k.row, vector, size, k.index(first)), size - first);
  });
}

/// Every stage adds and subtracts neighbours, sums to the first half and differences to the second; after
/// log2(size) of them element j is the sum with the signs of row j of the Sylvester matrix.
void emitHadamard(KernelBuilder &k, HadamardOp op) {
  int64_t size = cast<RankedTensorType>(op.getInput().getType()).getShape().back();
  int64_t vectors = rowElements(op.getInput()) / size;
  Value input = k.memory(op.getInput()), result = k.memory(op.getResult());
  Value scratch = k.scratch({size});
  k.forEach(k.index(0), k.index(vectors), [&](Value vector) {
    Value x = k.loadF32(input, place(k, input, k.row, vector, size, k.index(0)), {size});
    for (int64_t stage = 1; stage < size; stage *= 2) {
      auto half = k.f32Tile({size / 2});
      auto split = tile::DeinterleaveOp::create(k.builder, k.loc, half, half, x);
      k.store(k.addf(split.getEven(), split.getOdd()), scratch, {k.index(0)});
      k.store(k.subf(split.getEven(), split.getOdd()), scratch, {k.index(size / 2)});
      x = k.load(scratch, {k.index(0)}, {size});
    }
    Value scale = k.constant(1 / std::sqrt(static_cast<double>(size)), {size});
    k.store(k.mulf(x, scale), result, place(k, result, k.row, vector, size, k.index(0)));
  });
}

} // namespace mlir::v4

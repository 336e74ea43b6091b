#include "codegen/TileToVector/TilePatterns.h"
#include "codegen/TileToVector/Widen.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <limits>

// E4M3 and E2M1 go through f16: with their exponent and mantissa bits put in its place they are off by a
// power of two only, subnormals included, and the conversion f16 -> f32 is exact whatever the processor does
// with subnormal f32.
namespace mlir::v4 {
namespace {

struct BitsBuilder : ImplicitLocOpBuilder {
  explicit BitsBuilder(const ImplicitLocOpBuilder &builder) : ImplicitLocOpBuilder(builder) {}

  Value constant(VectorType type, int64_t value) {
    return arith::ConstantOp::create(
        *this, DenseElementsAttr::get(type, getIntegerAttr(type.getElementType(), value)));
  }
  Value constantFloat(VectorType type, double value) {
    return arith::ConstantOp::create(
        *this, DenseElementsAttr::get(type, getFloatAttr(type.getElementType(), value)));
  }
  Value andBits(Value value, int64_t mask) {
    return arith::AndIOp::create(*this, value, constant(cast<VectorType>(value.getType()), mask));
  }
  Value shiftLeft(Value value, int64_t bits) {
    return arith::ShLIOp::create(*this, value, constant(cast<VectorType>(value.getType()), bits));
  }
  Value equals(Value value, int64_t to) {
    return arith::CmpIOp::create(*this, arith::CmpIPredicate::eq, value,
                                 constant(cast<VectorType>(value.getType()), to));
  }
  // The f32 values of f16 bits held in i16, times `scale`.
  Value fromHalfBits(Value bits, double scale) {
    auto type = cast<VectorType>(bits.getType());
    VectorType f32 = type.clone(getF32Type());
    Value half = arith::BitcastOp::create(*this, type.clone(getF16Type()), bits);
    Value wide = arith::ExtFOp::create(*this, f32, half);
    return arith::MulFOp::create(*this, wide, constantFloat(f32, scale));
  }
};

} // namespace

static Value widenE4M3(BitsBuilder &b, Value bytes) {
  auto type = cast<VectorType>(bytes.getType());
  // Sign extension puts the sign into bits 7 and up: shifted by 7, it lands in f16's sign bit too.
  Value wide = arith::ExtSIOp::create(b, type.clone(b.getI16Type()), bytes);
  Value bits = b.andBits(b.shiftLeft(wide, 7), int16_t(0xbf80));
  // Exponent and mantissa all ones are not a number: only they reach the next bit when one is added, and with
  // that bit f16's exponent is all ones, too.
  Value reached = arith::AddIOp::create(b, bits, b.constant(cast<VectorType>(bits.getType()), 0x0080));
  bits = arith::OrIOp::create(b, bits, b.andBits(reached, 0x4000));
  // Biases: f16's 15 less E4M3's 7.
  return b.fromHalfBits(bits, 256.0);
}

// `nibbles` hold sign, exponent (2 bits), mantissa (1 bit) at `position` of i16 lanes, and other bits beside.
static Value widenE2M1(BitsBuilder &b, Value nibbles, int position) {
  // f16 has its sign in bit 15, the exponent's lowest two bits in 10 and 11, the mantissa's highest in 9.
  Value sign = b.shiftLeft(b.andBits(nibbles, 8 << position), 12 - position);
  Value magnitude = b.shiftLeft(b.andBits(nibbles, 7 << position), 9 - position);
  // Biases: f16's 15 less E2M1's 1.
  return b.fromHalfBits(arith::OrIOp::create(b, sign, magnitude), 16384.0);
}

static Value widenE8M0(BitsBuilder &b, Value bytes) {
  auto type = cast<VectorType>(bytes.getType());
  VectorType i32 = type.clone(b.getI32Type());
  Value wide = arith::ExtUIOp::create(b, i32, bytes);
  Value bits = b.shiftLeft(wide, 23);
  // 2^-127 is subnormal in f32; 255 is not a number.
  bits = arith::SelectOp::create(b, b.equals(wide, 0), b.constant(i32, 0x00400000), bits);
  bits = arith::SelectOp::create(b, b.equals(wide, 255), b.constant(i32, 0x7fc00000), bits);
  return arith::BitcastOp::create(b, type.clone(b.getF32Type()), bits);
}

Value widenBytes(ImplicitLocOpBuilder &builder, Value bytes, tile::Format format) {
  BitsBuilder b(builder);
  return format == tile::Format::e4m3 ? widenE4M3(b, bytes) : widenE8M0(b, bytes);
}

std::pair<Value, Value> widenNibbles(ImplicitLocOpBuilder &builder, Value bytes) {
  BitsBuilder b(builder);
  Value wide = arith::ExtUIOp::create(b, cast<VectorType>(bytes.getType()).clone(b.getI16Type()), bytes);
  return {widenE2M1(b, wide, 0), widenE2M1(b, wide, 4)};
}

namespace {

struct ConvertWiden final : RowPattern<tile::WidenOp> {
  using RowPattern::RowPattern;

  FailureOr<SmallVector<Value>> convert(tile::WidenOp op, Adaptor adaptor,
                                        ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    SmallVector<Value> rows;
    for (Value bytes : adaptor.getInput()) {
      if (op.getFormat() != tile::Format::e2m1) {
        rows.push_back(widenBytes(b, bytes, op.getFormat()));
        continue;
      }
      auto [low, high] = widenNibbles(b, bytes);
      rows.append({low, high});
    }
    return rows;
  }
};

} // namespace

void populateWidenPatterns(const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<ConvertWiden>(converter, patterns.getContext());
}

} // namespace mlir::v4

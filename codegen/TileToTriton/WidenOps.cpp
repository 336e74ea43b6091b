// E4M3 and E2M1 have their exponent and mantissa moved into the place of f32's: that is off by a power of two
// only, subnormal numbers included, as products of f32 keep subnormal factors here.
#include "codegen/TileToTriton/TritonPatterns.h"

namespace mlir::v4 {
namespace {

struct Bits {
  TritonBuilder &b;
  RankedTensorType i32, f32;

  Bits(TritonBuilder &b, Type shape)
      : b(b), i32(cast<RankedTensorType>(shape).clone(b.getI32Type())), f32(i32.clone(b.getF32Type())) {}

  Value mask(Value x, int64_t bits) { return arith::AndIOp::create(b, x, b.constant(i32, bits)); }
  Value left(Value x, int64_t n) { return arith::ShLIOp::create(b, x, b.constant(i32, n)); }
  Value either(Value x, Value y) { return arith::OrIOp::create(b, x, y); }
  Value equals(Value x, int64_t to) {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, x, b.constant(i32, to));
  }
  Value select(Value condition, Value x, int64_t otherwise) {
    return arith::SelectOp::create(b, condition, b.constant(i32, otherwise), x);
  }
  Value toFloat(Value x) { return tt::BitcastOp::create(b, f32, x); }
  Value times(Value x, double factor) { return arith::MulFOp::create(b, x, b.constantFloat(f32, factor)); }
  Value to(Value x, Type element) {
    return element.isF32() ? x : arith::TruncFOp::create(b, f32.clone(element), x).getResult();
  }
};

} // namespace

Value decodeE4M3(TritonBuilder &b, Value bytes, Type element, unsigned capability) {
  Bits bits(b, bytes.getType());
  if (capability >= 89) {
    Value narrow = tt::BitcastOp::create(b, bits.i32.clone(Float8E4M3FNType::get(b.getContext())), bytes);
    Value half = tt::FpToFpOp::create(b, bits.i32.clone(b.getF16Type()), narrow);
    return bits.to(arith::ExtFOp::create(b, bits.f32, half), element);
  }
  // The sign, extended, stays in bit 31 when the rest goes up to bit 20.
  Value wide = arith::ExtSIOp::create(b, bits.i32, bytes);
  Value value = bits.mask(bits.left(wide, 20), int32_t(0x87f00000));
  Value isNaN = bits.equals(bits.mask(wide, 0x7f), 0x7f);
  // As f32 bits, 0x7fc00000 is not a number, whatever it is multiplied with. Biases: 127 less 7.
  return bits.to(bits.times(bits.toFloat(bits.select(isNaN, value, 0x7fc00000)), 0x1p120), element);
}

Value decodeE8M0(TritonBuilder &b, Value bytes, Type element) {
  Bits bits(b, bytes.getType());
  Value wide = arith::ExtUIOp::create(b, bits.i32, bytes);
  // 2^-127 is subnormal; 255 would be infinity.
  Value value = bits.select(bits.equals(wide, 0), bits.left(wide, 23), 0x00400000);
  return bits.to(bits.toFloat(bits.select(bits.equals(wide, 255), value, 0x7fc00000)), element);
}

std::pair<Value, Value> decodeE2M1(TritonBuilder &b, Value bytes, Type element) {
  Bits bits(b, bytes.getType());
  Value wide = arith::ExtUIOp::create(b, bits.i32, bytes);
  auto decode = [&](int64_t signShift, int64_t numberShift, int64_t number) {
    Value sign = bits.mask(bits.left(wide, signShift), int32_t(0x80000000));
    Value magnitude = bits.left(bits.mask(wide, number), numberShift);
    // Biases: 127 less 1.
    return bits.to(bits.times(bits.toFloat(bits.either(sign, magnitude)), 0x1p126), element);
  };
  return {decode(28, 22, 0x07), decode(24, 18, 0x70)};
}

namespace {

struct ConvertWiden final : OpConversionPattern<tile::WidenOp> {
  ConvertWiden(const TypeConverter &converter, MLIRContext *context, unsigned capability)
      : OpConversionPattern(converter, context), capability(capability) {}

  LogicalResult matchAndRewrite(tile::WidenOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (!op.getInput().getType().getElementType().isInteger(8))
      return rewriter.notifyMatchFailure(op, "decodes words, which weights for GPUs do not come in");
    TritonBuilder b(op.getLoc(), rewriter);
    rewriter.replaceOp(op, decode(b, op.getFormat(), adaptor.getInput()));
    return success();
  }

  Value decode(TritonBuilder &b, tile::Format format, Value bytes) const {
    switch (format) {
    case tile::Format::e4m3:
      return decodeE4M3(b, bytes, b.getF32Type(), capability);
    case tile::Format::e8m0:
      return decodeE8M0(b, bytes, b.getF32Type());
    case tile::Format::e2m1:
      return pairsOfRows(b, bytes);
    case tile::Format::bf16:
      break; // in words only
    }
    llvm_unreachable("unknown format");
  }

  // [J, N] bytes to [2J, N] numbers: the low nibbles of byte row j in row 2j.
  static Value pairsOfRows(TritonBuilder &b, Value bytes) {
    auto [low, high] = decodeE2M1(b, bytes, b.getF32Type());
    auto half = cast<RankedTensorType>(low.getType());
    int64_t rows = half.getDimSize(0), columns = half.getDimSize(1);
    Value pairs = tt::JoinOp::create(b, half.clone({rows, columns, 2}), low, high);
    Value turned = tt::TransOp::create(b, half.clone({rows, 2, columns}), pairs, ArrayRef<int32_t>{0, 2, 1});
    return tt::ReshapeOp::create(b, half.clone({rows * 2, columns}), turned);
  }

  unsigned capability;
};

} // namespace

void populateTritonWidenPatterns(const TypeConverter &converter, RewritePatternSet &patterns,
                                 unsigned capability) {
  patterns.add<ConvertWiden>(converter, patterns.getContext(), capability);
}

} // namespace mlir::v4

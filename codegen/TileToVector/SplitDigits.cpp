// tile.split_digits: a block of a row as integers in digits of a byte.
#include "codegen/TileToVector/Digits.h"

namespace mlir::v4 {
namespace {

using namespace digits;

/// In the order of the words' nibbles, the even ones of all bytes first.
Value nibbleOrder(DigitBuilder &b, Value bytes) {
  SmallVector<int64_t> order;
  for (int64_t word = 0; word < cast<VectorType>(bytes.getType()).getNumElements(); word += kWord)
    for (int64_t first : {0, 1})
      for (int64_t i = first; i < kWord; i += 2)
        order.push_back(word + i);
  return vector::ShuffleOp::create(b, bytes, bytes, order);
}

void emitSplit(DigitBuilder &b, Value numbers, Value to) {
  constexpr int64_t kExponent = 255, kMantissa = 23, kBase = 127;
  auto type = cast<VectorType>(numbers.getType());
  VectorType integers = type.clone(b.getI32Type());
  Type i32 = b.getI32Type(), f32 = b.getF32Type();
  Value magnitudes = b.masked(b.bitcast(integers, numbers), 0x7fffffff);
  Value top = vector::ReductionOp::create(b, vector::CombiningKind::MAXUI, magnitudes);
  // Quantised numbers are far from the ends of the range; a block of zeros has no exponent of its own.
  Value exponent = arith::MaxUIOp::create(b, b.right(top, kMantissa), b.constant(i32, kBase - 40));
  Value finite = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, exponent, b.constant(i32, kExponent));
  auto power = [&](Value exponent) { return b.bitcast(f32, b.left(exponent, kMantissa)); };
  Value up = power(arith::SubIOp::create(b, b.constant(i32, 2 * kBase + kNumberBits - 1), exponent));
  Value none = arith::ConstantOp::create(b, b.getFloatAttr(f32, APFloat::getNaN(APFloat::IEEEsingle())));
  Value scaled = arith::MulFOp::create(b, numbers, vector::BroadcastOp::create(b, type, up));
  Value zeros = arith::ConstantOp::create(b, b.getZeroAttr(type));
  scaled = arith::SelectOp::create(b, vector::BroadcastOp::create(b, type.clone(b.getI1Type()), finite),
                                   scaled, zeros);
  Value rest = arith::FPToSIOp::create(b, integers, scaled);
  Value bits = vector::ReductionOp::create(b, vector::CombiningKind::OR, rest);
  Value zero = b.constant(i32, 0);
  Value wide =
      arith::CmpIOp::create(b, arith::CmpIPredicate::ne, b.masked(bits, (1 << kSpareBits) - 1), zero);
  Value spare = arith::SelectOp::create(b, wide, zero, b.constant(i32, kSpareBits));
  rest = arith::ShRSIOp::create(b, rest, vector::BroadcastOp::create(b, integers, spare));
  // Halved, for the weights are doubled.
  Value down = power(arith::AddIOp::create(b, b.plus(exponent, -kNumberBits), spare));

  Value sum = vector::ReductionOp::create(b, vector::CombiningKind::ADD, rest);
  b.store(b.mul(sum, -kOffset), b.offset(to, kBias));
  b.store(arith::SelectOp::create(b, finite, down, none), b.offset(to, kFactor));
  b.store(arith::ExtUIOp::create(b, i32, wide), b.offset(to, kWide));
  constexpr int64_t kHalf = 1 << (kDigitBits - 1);
  for (int64_t digit = kDigits - 1; digit >= 0; --digit) {
    Value own = rest;
    if (digit > 0) {
      own = b.plus(b.masked(b.plus(rest, kHalf), 2 * kHalf - 1), -kHalf);
      rest = b.rightSigned(arith::SubIOp::create(b, rest, own), kDigitBits);
    }
    Value bytes = arith::TruncIOp::create(b, integers.clone(b.getI8Type()), own);
    b.store(nibbleOrder(b, bytes), b.offset(to, digit * kDigitStride), 1);
  }
}

struct ConvertSplitDigits final : OpConversionPattern<tile::SplitDigitsOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(tile::SplitDigitsOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    DigitBuilder b(op.getLoc(), rewriter);
    emitSplit(
        b, adaptor.getNumbers().front(),
        elementAddress(rewriter, op.getLoc(), op.getMemory().getType(), adaptor.getMemory().front(),
                       llvm::map_to_vector(adaptor.getOffsets(), [](ValueRange v) { return v.front(); })));
    rewriter.eraseOp(op);
    return success();
  }
};

} // namespace

void populateSplitDigitsPatterns(const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<ConvertSplitDigits>(converter, patterns.getContext());
}

} // namespace mlir::v4

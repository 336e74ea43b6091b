#include "codegen/TileToTriton/TritonPatterns.h"

#include <limits>

namespace mlir::v4 {

static Value combine(OpBuilder &builder, Location loc, tile::ReduceKind kind, Value left, Value right) {
  bool isFloat = isa<FloatType>(left.getType());
  switch (kind) {
  case tile::ReduceKind::add:
    return isFloat ? arith::AddFOp::create(builder, loc, left, right).getResult()
                   : arith::AddIOp::create(builder, loc, left, right).getResult();
  case tile::ReduceKind::max:
    return isFloat ? arith::MaximumFOp::create(builder, loc, left, right).getResult()
                   : arith::MaxSIOp::create(builder, loc, left, right).getResult();
  }
  llvm_unreachable("unknown reduction");
}

// What leaves any other element as it is: -0 does under addition, +0 would turn -0 into +0.
static Value neutral(TritonBuilder &b, tile::ReduceKind kind, RankedTensorType type) {
  Type element = type.getElementType();
  bool isMax = kind == tile::ReduceKind::max;
  if (isa<FloatType>(element))
    return b.constantFloat(type, isMax ? -std::numeric_limits<double>::infinity() : -0.0);
  return b.constant(type, isMax ? llvm::minIntN(element.getIntOrFloatBitWidth()) : 0);
}

// A factor with zeros where the dimension that is summed over is padded.
static Value factor(TritonBuilder &b, Value original, Value converted, unsigned summed) {
  if (hasZeroPadding(original))
    return converted;
  return b.fillPadding(converted, cast<RankedTensorType>(original.getType()), {summed},
                       b.zero(converted.getType()));
}

static Value widenTo(TritonBuilder &b, Value value, Type element) {
  auto type = cast<RankedTensorType>(value.getType());
  return type.getElementType() == element ? value
                                          : arith::ExtFOp::create(b, type.clone(element), value).getResult();
}

static Value product(TritonBuilder &b, Value left, Value right, Value acc) {
  return tt::DotOp::create(b, acc.getType(), left, right, acc, tt::InputPrecision::ieee,
                           /*maxNumImpreciseAcc=*/0);
}

namespace {

struct ConvertDot final : OpConversionPattern<tile::DotOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(tile::DotOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    // What a tensor core sums over at once; less than that is widened and multiplied without them.
    constexpr int64_t kTensorDepth = 16;
    TritonBuilder b(op.getLoc(), rewriter);
    Value left = factor(b, op.getA(), adaptor.getA(), 1);
    Value right = factor(b, op.getB(), adaptor.getB(), 0);
    bool isNarrow = left.getType() == op.getA().getType().clone(b.getBF16Type()) || isBF16(left);
    bool onTensorCores = isNarrow && isBF16(right) &&
                         paddedType(op.getA().getType()).getDimSize(1) >= kTensorDepth &&
                         isF32(adaptor.getAcc());
    if (!onTensorCores) {
      Type element = getElementTypeOrSelf(adaptor.getAcc().getType());
      left = widenTo(b, left, element);
      right = widenTo(b, right, element);
    }
    rewriter.replaceOp(op, product(b, left, right, adaptor.getAcc()));
    return success();
  }

  static bool isBF16(Value value) { return getElementTypeOrSelf(value.getType()).isBF16(); }
  static bool isF32(Value value) { return getElementTypeOrSelf(value.getType()).isF32(); }
};

struct ConvertScaledDot final : OpConversionPattern<tile::ScaledDotOp> {
  ConvertScaledDot(const TypeConverter &converter, MLIRContext *context, unsigned capability)
      : OpConversionPattern(converter, context), capability(capability) {}

  LogicalResult matchAndRewrite(tile::ScaledDotOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TritonBuilder b(op.getLoc(), rewriter);
    bool isE2M1 = op.getFormat() == tile::Format::e2m1;
    // Zero bytes are zeros, whatever their scale; but that must not be NaN.
    Value bytes = factor(b, op.getA(), adaptor.getA(), 1);
    Value scales = factor(b, op.getScales(), adaptor.getScales(), 1);
    Value right = factor(b, op.getB(), adaptor.getB(), 0);
    Type element = getElementTypeOrSelf(right.getType());
    // Triton 3.6 has no conversion from e4m3 below 8.9.
    bool tritonDecodes = element.isBF16() && (isE2M1 || capability >= 89);
    if (tritonDecodes) {
      if (!isE2M1)
        bytes = tt::BitcastOp::create(
            b, cast<RankedTensorType>(bytes.getType()).clone(Float8E4M3FNType::get(getContext())), bytes);
      auto type = isE2M1 ? tt::ScaledType::e2m1 : tt::ScaledType::e4m3;
      rewriter.replaceOpWithNewOp<tt::DotScaledOp>(op, adaptor.getAcc().getType(), bytes, right,
                                                   adaptor.getAcc(), scales, Value(), type,
                                                   tt::ScaledType::bf16, /*fastMath=*/false,
                                                   /*lhs_k_pack=*/true, /*rhs_k_pack=*/true);
      return success();
    }
    Value left = isE2M1 ? pairsInRows(b, bytes, element) : decodeE4M3(b, bytes, element, capability);
    left = arith::MulFOp::create(
        b, left, perElement(b, decodeE8M0(b, scales, element), cast<RankedTensorType>(left.getType())));
    rewriter.replaceOp(op, product(b, left, right, adaptor.getAcc()));
    return success();
  }

  // [M, K / 2] bytes to [M, K] numbers.
  static Value pairsInRows(TritonBuilder &b, Value bytes, Type element) {
    auto [low, high] = decodeE2M1(b, bytes, element);
    auto half = cast<RankedTensorType>(low.getType());
    int64_t rows = half.getDimSize(0), columns = half.getDimSize(1);
    Value pairs = tt::JoinOp::create(b, half.clone({rows, columns, 2}), low, high);
    return tt::ReshapeOp::create(b, half.clone({rows, columns * 2}), pairs);
  }

  // [M, K / 32] scales to one for each of [M, K] numbers.
  static Value perElement(TritonBuilder &b, Value scales, RankedTensorType numbers) {
    auto type = cast<RankedTensorType>(scales.getType());
    int64_t rows = type.getDimSize(0), blocks = type.getDimSize(1);
    Value column = tt::ExpandDimsOp::create(b, type.clone({rows, blocks, 1}), scales, 2);
    Value spread = tt::BroadcastOp::create(b, type.clone({rows, blocks, 32}), column);
    return tt::ReshapeOp::create(b, numbers, spread);
  }

  unsigned capability;
};

struct ConvertReduce final : OpConversionPattern<tile::ReduceOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(tile::ReduceOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TritonBuilder b(op.getLoc(), rewriter);
    RankedTensorType tile = op.getInput().getType();
    unsigned last = tile.getRank() - 1;
    Value input =
        b.fillPadding(adaptor.getInput(), tile, {last},
                      neutral(b, op.getKind(), cast<RankedTensorType>(adaptor.getInput().getType())));
    Type result = getTypeConverter()->convertType(op.getResult().getType());
    auto reduce = tt::ReduceOp::create(b, TypeRange{result}, ValueRange{input}, int32_t(last));
    Type element = tile.getElementType();
    Block *body =
        rewriter.createBlock(&reduce.getCombineOp(), {}, {element, element}, {b.getLoc(), b.getLoc()});
    Value combined = combine(rewriter, b.getLoc(), op.getKind(), body->getArgument(0), body->getArgument(1));
    tt::ReduceReturnOp::create(rewriter, b.getLoc(), ValueRange{combined});
    rewriter.replaceOp(op, reduce.getResults());
    return success();
  }
};

} // namespace

void populateTritonContractionPatterns(const TypeConverter &converter, RewritePatternSet &patterns,
                                       unsigned capability) {
  patterns.add<ConvertDot, ConvertReduce>(converter, patterns.getContext());
  patterns.add<ConvertScaledDot>(converter, patterns.getContext(), capability);
}

} // namespace mlir::v4

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

static Value narrow(TritonBuilder &b, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getElementType().isBF16())
    return value;
  return arith::TruncFOp::create(b, type.clone(b.getBF16Type()), value);
}

static Value product(TritonBuilder &b, Value left, Value right, Value acc) {
  return tt::DotOp::create(b, acc.getType(), left, right, acc, tt::InputPrecision::ieee,
                           /*maxNumImpreciseAcc=*/0);
}

static Value reduceAlong(TritonBuilder &b, tile::ReduceKind kind, Value input, unsigned dim, Type result) {
  auto reduce = tt::ReduceOp::create(b, TypeRange{result}, ValueRange{input}, int32_t(dim));
  Type element = getElementTypeOrSelf(input.getType());
  OpBuilder::InsertionGuard guard(b);
  Block *body = b.createBlock(&reduce.getCombineOp(), {}, {element, element}, {b.getLoc(), b.getLoc()});
  Value combined = combine(b, b.getLoc(), kind, body->getArgument(0), body->getArgument(1));
  tt::ReduceReturnOp::create(b, ValueRange{combined});
  return reduce->getResult(0);
}

// Without tt.dot, which Triton 3.6 cannot compile for every shape of f64.
static Value productOfF64(TritonBuilder &b, Value left, Value right, Value acc) {
  auto type = cast<RankedTensorType>(acc.getType());
  int64_t m = type.getDimSize(0), n = type.getDimSize(1);
  auto leftType = cast<RankedTensorType>(left.getType());
  int64_t k = leftType.getDimSize(1);
  auto whole = type.clone({m, k, n});
  Value a = tt::BroadcastOp::create(b, whole, tt::ExpandDimsOp::create(b, type.clone({m, k, 1}), left, 2));
  Value c = tt::BroadcastOp::create(b, whole, tt::ExpandDimsOp::create(b, type.clone({1, k, n}), right, 0));
  Value sum = reduceAlong(b, tile::ReduceKind::add, arith::MulFOp::create(b, a, c), 1, type);
  return arith::AddFOp::create(b, acc, sum);
}

// Whether every element of this tile (before its conversion) is a bf16 number.
static bool isExactInBF16(Value tile) {
  if (getElementTypeOrSelf(tile.getType()).isBF16())
    return true;
  Operation *op = tile.getDefiningOp();
  if (auto widen = dyn_cast_or_null<tile::WidenOp>(op))
    return true;
  if (isa_and_nonnull<arith::ExtFOp, tile::BroadcastOp, tile::SplatOp, tile::TransposeOp>(op))
    return isExactInBF16(op->getOperand(0));
  return false;
}

// Tensor cores multiply bf16 numbers and sum in f32. An f32 number is the sum of three of bf16: the first is
// it rounded, and the others are what that left out.
static SmallVector<Value> partsInBF16(TritonBuilder &b, Value original, Value converted) {
  if (isExactInBF16(original))
    return {narrow(b, converted)};
  SmallVector<Value> parts;
  for (Value rest = converted; parts.size() < 3;) {
    parts.push_back(narrow(b, rest));
    rest = arith::SubFOp::create(b, rest, widenTo(b, parts.back(), b.getF32Type()));
  }
  return parts;
}

// Products of tiles smaller than this are summed without tensor cores.
static bool fitsTensorCores(RankedTensorType a, RankedTensorType b, RankedTensorType acc) {
  a = paddedType(a);
  b = paddedType(b);
  return acc.getElementType().isF32() && a.getDimSize(0) >= 16 && a.getDimSize(1) >= 16 &&
         b.getDimSize(1) >= 8;
}

namespace {

struct ConvertDot final : OpConversionPattern<tile::DotOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(tile::DotOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TritonBuilder b(op.getLoc(), rewriter);
    Value left = factor(b, op.getA(), adaptor.getA(), 1);
    Value right = factor(b, op.getB(), adaptor.getB(), 0);
    Value acc = adaptor.getAcc();
    if (!fitsTensorCores(op.getA().getType(), op.getB().getType(), op.getAcc().getType())) {
      Type element = getElementTypeOrSelf(acc.getType());
      auto multiply = element.isF64() ? productOfF64 : product;
      rewriter.replaceOp(op, multiply(b, widenTo(b, left, element), widenTo(b, right, element), acc));
      return success();
    }
    SmallVector<Value> lefts = partsInBF16(b, op.getA(), left), rights = partsInBF16(b, op.getB(), right);
    // Small ones first; those of three parts or less in all lie beyond f32's own rounding.
    for (size_t order : {2, 1, 0})
      for (size_t i = 0; i <= order && i < lefts.size(); ++i)
        if (order - i < rights.size())
          acc = product(b, lefts[i], rights[order - i], acc);
    rewriter.replaceOp(op, acc);
    return success();
  }
};

struct ConvertScaledDot final : OpConversionPattern<tile::ScaledDotOp> {
  ConvertScaledDot(const TypeConverter &converter, MLIRContext *context, unsigned capability)
      : OpConversionPattern(converter, context), capability(capability) {}

  LogicalResult matchAndRewrite(tile::ScaledDotOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TritonBuilder b(op.getLoc(), rewriter);
    // Zero bytes are zeros, whatever their scale; but that must not be NaN.
    Value bytes = factor(b, op.getA(), adaptor.getA(), 1);
    Value scales = factor(b, op.getScales(), adaptor.getScales(), 1);
    Value right = factor(b, op.getB(), adaptor.getB(), 0);
    Value acc = adaptor.getAcc();
    RankedTensorType numbers = numbersType(op).clone(b.getBF16Type());
    if (!fitsTensorCores(numbers, op.getB().getType(), op.getAcc().getType())) {
      Value left = scaled(b, op.getFormat(), bytes, scales, b.getF32Type());
      rewriter.replaceOp(op, product(b, left, widenTo(b, right, b.getF32Type()), acc));
      return success();
    }
    SmallVector<Value> rights = partsInBF16(b, op.getB(), right);
    if (op.getFormat() == tile::Format::e2m1 && capability < 100)
      bytes = wideLoaded(b, bytes);
    // Triton 3.6 has no conversion from e4m3 below 8.9.
    bool tritonDecodes = op.getFormat() == tile::Format::e2m1 || capability >= 89;
    Value left = tritonDecodes ? Value() : scaled(b, op.getFormat(), bytes, scales, b.getBF16Type());
    for (Value part : llvm::reverse(rights))
      acc = left ? product(b, left, part, acc) : scaledProduct(b, op.getFormat(), bytes, scales, part, acc);
    rewriter.replaceOp(op, acc);
    return success();
  }

  // Triton 3.6 copies what a product alone uses as the product's registers want it, which is 4 bytes of e2m1
  // at a time. What instructions of ours use in between it copies 16 bytes at a time.
  static Value wideLoaded(TritonBuilder &b, Value bytes) {
    return tt::ElementwiseInlineAsmOp::create(b, bytes.getType(), "mov.b32 $0, $1;", "=r,r", /*pure=*/false,
                                              /*packed_element=*/4, bytes);
  }

  static RankedTensorType numbersType(tile::ScaledDotOp op) {
    RankedTensorType b = op.getB().getType();
    return b.clone({op.getA().getType().getDimSize(0), b.getDimSize(0)});
  }

  static Value scaledProduct(TritonBuilder &b, tile::Format format, Value bytes, Value scales, Value right,
                             Value acc) {
    auto type = tt::ScaledType::e2m1;
    if (format == tile::Format::e4m3) {
      type = tt::ScaledType::e4m3;
      bytes = tt::BitcastOp::create(
          b, cast<RankedTensorType>(bytes.getType()).clone(Float8E4M3FNType::get(b.getContext())), bytes);
    }
    return tt::DotScaledOp::create(b, acc.getType(), bytes, right, acc, scales, Value(), type,
                                   tt::ScaledType::bf16,
                                   /*fastMath=*/false, /*lhs_k_pack=*/true, /*rhs_k_pack=*/true);
  }

  // The weights themselves: a product of bf16 numbers here is exact, since one has four bits at most and the
  // other one.
  Value scaled(TritonBuilder &b, tile::Format format, Value bytes, Value scales, Type element) const {
    Value left = format == tile::Format::e2m1 ? pairsInRows(b, bytes, element)
                                              : decodeE4M3(b, bytes, element, capability);
    auto type = cast<RankedTensorType>(left.getType());
    return arith::MulFOp::create(b, left, perElement(b, decodeE8M0(b, scales, element), type));
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
    rewriter.replaceOp(op, reduceAlong(b, op.getKind(), input, last, result));
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

#include "codegen/TileToTriton/TritonPatterns.h"

#include "mlir/Dialect/Math/IR/Math.h"

namespace mlir::v4 {
namespace {

// The same op on converted types: all of `arith` and `math` that Triton has too.
struct ConvertSameOp final : ConversionPattern {
  ConvertSameOp(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op, ArrayRef<Value> operands,
                                ConversionPatternRewriter &rewriter) const override {
    if (!isa<arith::ArithDialect, math::MathDialect>(op->getDialect()))
      return rewriter.notifyMatchFailure(op, "not of arith or math");
    OperationState state(op->getLoc(), op->getName());
    state.addOperands(operands);
    if (failed(getTypeConverter()->convertTypes(op->getResultTypes(), state.types)))
      return failure();
    state.addAttributes(op->getAttrs());
    rewriter.replaceOp(op, rewriter.create(state));
    return success();
  }
};

struct ConvertConstant final : OpConversionPattern<arith::ConstantOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(arith::ConstantOp op, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TritonBuilder b(op.getLoc(), rewriter);
    if (auto index = dyn_cast<IntegerAttr>(op.getValue()); index && op.getType().isIndex()) {
      rewriter.replaceOp(op, b.constant(b.getI64Type(), index.getInt()));
      return success();
    }
    auto values = dyn_cast<DenseElementsAttr>(op.getValue());
    if (!values)
      return rewriter.notifyMatchFailure(op, "not a tile");
    auto tile = cast<RankedTensorType>(op.getType());
    if (values.isSplat()) {
      rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, values.resizeSplat(paddedType(tile)));
      return success();
    }
    if (tile.getRank() != 1)
      return op.emitOpError("has other than equal elements in a tile of rank 2, which Triton IR cannot say");
    SmallVector<Attribute> elements(values.getValues<Attribute>());
    rewriter.replaceOp(op, pick(b, paddedType(tile), elements));
    return success();
  }

  // Triton has no constants of different elements: a tree of selections by the bits of the lane number.
  static Value pick(TritonBuilder &b, RankedTensorType type, ArrayRef<Attribute> elements) {
    Value lane = b.range(type.getShape(), 0);
    SmallVector<Value> left;
    for (Attribute element : elements)
      left.push_back(arith::ConstantOp::create(b, DenseElementsAttr::get(type, element)));
    for (int64_t bit = 1; left.size() > 1; bit *= 2) {
      Value masked = arith::AndIOp::create(b, lane, b.constant(lane.getType(), bit));
      Value odd = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, masked, b.constant(lane.getType(), 0));
      SmallVector<Value> next;
      for (size_t i = 0; i < left.size(); i += 2)
        next.push_back(i + 1 < left.size() ? arith::SelectOp::create(b, odd, left[i + 1], left[i]).getResult()
                                           : left[i]);
      left = std::move(next);
    }
    return left.front();
  }
};

// index is i64 now.
template <typename Op, typename Extend> struct ConvertIndexCast final : OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;

  LogicalResult matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Type result = this->getTypeConverter()->convertType(op.getType());
    Value in = adaptor.getIn();
    unsigned from = getElementTypeOrSelf(in.getType()).getIntOrFloatBitWidth();
    unsigned to = getElementTypeOrSelf(result).getIntOrFloatBitWidth();
    if (from == to)
      rewriter.replaceOp(op, in);
    else if (from < to)
      rewriter.replaceOpWithNewOp<Extend>(op, result, in);
    else
      rewriter.replaceOpWithNewOp<arith::TruncIOp>(op, result, in);
    return success();
  }
};

struct ConvertBitcast final : OpConversionPattern<arith::BitcastOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(arith::BitcastOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<tt::BitcastOp>(op, getTypeConverter()->convertType(op.getType()),
                                               adaptor.getIn());
    return success();
  }
};

// Triton has no negation: -0 - x is -x, zeros included.
struct ConvertNegF final : OpConversionPattern<arith::NegFOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(arith::NegFOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TritonBuilder b(op.getLoc(), rewriter);
    Value operand = adaptor.getOperand();
    rewriter.replaceOpWithNewOp<arith::SubFOp>(op, b.constantFloat(operand.getType(), -0.0), operand);
    return success();
  }
};

// Nor copysign; the numbers are f32.
struct ConvertCopySign final : OpConversionPattern<math::CopySignOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(math::CopySignOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TritonBuilder b(op.getLoc(), rewriter);
    Type type = adaptor.getLhs().getType();
    if (!getElementTypeOrSelf(type).isF32())
      return op.emitOpError("is on ") << type << ", but only that of f32 has a translation to Triton IR";
    auto tensor = dyn_cast<RankedTensorType>(type);
    Type integers = tensor ? Type(tensor.clone(b.getI32Type())) : b.getI32Type();
    auto bits = [&](Value value, int64_t mask) -> Value {
      return arith::AndIOp::create(b, tt::BitcastOp::create(b, integers, value), b.constant(integers, mask));
    };
    Value joined = arith::OrIOp::create(b, bits(adaptor.getLhs(), 0x7fffffff),
                                        bits(adaptor.getRhs(), int32_t(0x80000000)));
    rewriter.replaceOpWithNewOp<tt::BitcastOp>(op, type, joined);
    return success();
  }
};

// Triton's own division and square root of f32 are not rounded to the nearest; those of f64 are.
struct ConvertDivF final : OpConversionPattern<arith::DivFOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(arith::DivFOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32())
      return rewriter.notifyMatchFailure(op, "not f32");
    rewriter.replaceOpWithNewOp<tt::PreciseDivFOp>(op, adaptor.getLhs(), adaptor.getRhs());
    return success();
  }
};

struct ConvertSqrt final : OpConversionPattern<math::SqrtOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(math::SqrtOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32())
      return rewriter.notifyMatchFailure(op, "not f32");
    rewriter.replaceOpWithNewOp<tt::PreciseSqrtOp>(op, adaptor.getOperand());
    return success();
  }
};

struct ConvertSplat final : OpConversionPattern<tile::SplatOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(tile::SplatOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<tt::SplatOp>(op, paddedType(op.getResult().getType()), adaptor.getValue());
    return success();
  }
};

struct ConvertBroadcast final : OpConversionPattern<tile::BroadcastOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(tile::BroadcastOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TritonBuilder b(op.getLoc(), rewriter);
    RankedTensorType result = paddedType(op.getResult().getType());
    rewriter.replaceOp(op, b.spread(adaptor.getInput(), result.getShape(), 1 - op.getAlong()));
    return success();
  }
};

struct ConvertIota final : OpConversionPattern<tile::IotaOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(tile::IotaOp op, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TritonBuilder b(op.getLoc(), rewriter);
    rewriter.replaceOp(op, b.range(paddedType(op.getResult().getType()).getShape(), 0));
    return success();
  }
};

struct ConvertTranspose final : OpConversionPattern<tile::TransposeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(tile::TransposeOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<tt::TransOp>(op, paddedType(op.getResult().getType()), adaptor.getInput(),
                                             ArrayRef<int32_t>{1, 0});
    return success();
  }
};

struct ConvertDeinterleave final : OpConversionPattern<tile::DeinterleaveOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(tile::DeinterleaveOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    RankedTensorType half = paddedType(op.getEven().getType());
    Value pairs =
        tt::ReshapeOp::create(rewriter, op.getLoc(), half.clone({half.getDimSize(0), 2}), adaptor.getInput());
    rewriter.replaceOpWithNewOp<tt::SplitOp>(op, half, half, pairs);
    return success();
  }
};

struct ConvertInterleave final : OpConversionPattern<tile::InterleaveOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(tile::InterleaveOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    RankedTensorType half = paddedType(op.getEven().getType());
    Value pairs = tt::JoinOp::create(rewriter, op.getLoc(), half.clone({half.getDimSize(0), 2}),
                                     adaptor.getEven(), adaptor.getOdd());
    rewriter.replaceOpWithNewOp<tt::ReshapeOp>(op, paddedType(op.getResult().getType()), pairs);
    return success();
  }
};

} // namespace

void populateTritonElementwisePatterns(const TypeConverter &converter, RewritePatternSet &patterns) {
  MLIRContext *context = patterns.getContext();
  patterns.add<ConvertSameOp>(converter, context);
  patterns.add<ConvertConstant, ConvertIndexCast<arith::IndexCastOp, arith::ExtSIOp>,
               ConvertIndexCast<arith::IndexCastUIOp, arith::ExtUIOp>, ConvertBitcast, ConvertNegF,
               ConvertCopySign, ConvertDivF, ConvertSqrt, ConvertSplat, ConvertBroadcast, ConvertIota,
               ConvertTranspose, ConvertDeinterleave, ConvertInterleave>(converter, context, /*benefit=*/2);
}

} // namespace mlir::v4

#include "codegen/TileToVector/TilePatterns.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::v4 {
namespace {

// The op once for each row; operands that are scalars stay.
struct ConvertElementwise final : ConversionPattern {
  ConvertElementwise(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op, ArrayRef<ValueRange> operands,
                                ConversionPatternRewriter &rewriter) const override {
    if (!op->hasTrait<OpTrait::Elementwise>() || op->getNumResults() != 1 || op->getNumOperands() == 0)
      return rewriter.notifyMatchFailure(op, "not elementwise");
    auto tile = dyn_cast<RankedTensorType>(op->getResult(0).getType());
    if (!tile)
      return rewriter.notifyMatchFailure(op, "result is not a tile");
    SmallVector<Value> rows;
    for (int64_t r = 0, e = rowCount(tile); r < e; ++r) {
      OperationState state(op->getLoc(), op->getName());
      for (auto [original, converted] : llvm::zip_equal(op->getOperands(), operands))
        state.operands.push_back(isa<RankedTensorType>(original.getType()) ? converted[r]
                                                                           : converted.front());
      state.addTypes(rowType(tile));
      state.addAttributes(op->getAttrs());
      rows.push_back(rewriter.create(state)->getResult(0));
    }
    rewriter.replaceOpWithMultiple(op, {rows});
    return success();
  }
};

struct ConvertConstant final : RowPattern<arith::ConstantOp> {
  using RowPattern::RowPattern;

  FailureOr<SmallVector<Value>> convert(arith::ConstantOp op, Adaptor,
                                        ConversionPatternRewriter &rewriter) const override {
    auto values = dyn_cast<DenseElementsAttr>(op.getValue());
    auto tile = dyn_cast<RankedTensorType>(op.getType());
    if (!values || !tile)
      return rewriter.notifyMatchFailure(op, "not a dense tile");
    VectorType row = rowType(tile);
    SmallVector<Value> rows;
    for (int64_t r = 0, e = rowCount(tile); r < e; ++r)
      rows.push_back(arith::ConstantOp::create(rewriter, op.getLoc(), rowValues(values, row, r)));
    return rows;
  }

  static DenseElementsAttr rowValues(DenseElementsAttr values, VectorType row, int64_t r) {
    if (values.isSplat())
      return values.resizeSplat(row);
    auto all = values.getValues<Attribute>();
    SmallVector<Attribute> picked;
    for (int64_t lane = 0; lane < row.getNumElements(); ++lane)
      picked.push_back(all[r * row.getNumElements() + lane]);
    return DenseElementsAttr::get(row, picked);
  }
};

struct ConvertSplat final : RowPattern<tile::SplatOp> {
  using RowPattern::RowPattern;

  FailureOr<SmallVector<Value>> convert(tile::SplatOp op, Adaptor adaptor,
                                        ConversionPatternRewriter &rewriter) const override {
    RankedTensorType tile = op.getResult().getType();
    Value row = vector::BroadcastOp::create(rewriter, op.getLoc(), rowType(tile), adaptor.getValue().front());
    return SmallVector<Value>(rowCount(tile), row);
  }
};

struct ConvertBroadcast final : RowPattern<tile::BroadcastOp> {
  using RowPattern::RowPattern;

  FailureOr<SmallVector<Value>> convert(tile::BroadcastOp op, Adaptor adaptor,
                                        ConversionPatternRewriter &rewriter) const override {
    RankedTensorType tile = op.getResult().getType();
    Value input = adaptor.getInput().front();
    if (op.getAlong() == 0)
      return SmallVector<Value>(rowCount(tile), input);
    SmallVector<Value> rows;
    for (int64_t r = 0, e = rowCount(tile); r < e; ++r) {
      Value element = rewriter.createOrFold<vector::ExtractOp>(op.getLoc(), input, r);
      rows.push_back(vector::BroadcastOp::create(rewriter, op.getLoc(), rowType(tile), element));
    }
    return rows;
  }
};

struct ConvertIota final : RowPattern<tile::IotaOp> {
  using RowPattern::RowPattern;

  FailureOr<SmallVector<Value>> convert(tile::IotaOp op, Adaptor,
                                        ConversionPatternRewriter &rewriter) const override {
    VectorType row = rowType(op.getResult().getType());
    SmallVector<Attribute> numbers;
    for (int64_t lane = 0; lane < row.getNumElements(); ++lane)
      numbers.push_back(rewriter.getIntegerAttr(row.getElementType(), lane));
    return SmallVector<Value>{
        arith::ConstantOp::create(rewriter, op.getLoc(), DenseElementsAttr::get(row, numbers))};
  }
};

struct ConvertDeinterleave final : OpConversionPattern<tile::DeinterleaveOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(tile::DeinterleaveOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto parts = vector::DeinterleaveOp::create(rewriter, op.getLoc(), adaptor.getInput());
    rewriter.replaceOp(op, parts.getResults());
    return success();
  }
};

struct ConvertInterleave final : OpConversionPattern<tile::InterleaveOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(tile::InterleaveOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<vector::InterleaveOp>(op, adaptor.getEven(), adaptor.getOdd());
    return success();
  }
};

} // namespace

void populateElementwisePatterns(const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<ConvertElementwise, ConvertConstant, ConvertSplat, ConvertBroadcast, ConvertIota,
               ConvertDeinterleave, ConvertInterleave>(converter, patterns.getContext());
}

} // namespace mlir::v4

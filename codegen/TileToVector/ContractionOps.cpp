#include "codegen/TileToVector/TilePatterns.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace mlir::v4 {

// bf16 factors are widened first, which is exact.
static Value widenTo(OpBuilder &builder, Location loc, Value value, Type element) {
  auto row = cast<VectorType>(value.getType());
  if (row.getElementType() == element)
    return value;
  return arith::ExtFOp::create(builder, loc, row.clone(element), value);
}

static Value combine(OpBuilder &builder, Location loc, tile::ReduceKind kind, Value left, Value right) {
  bool isFloat = isa<FloatType>(getElementTypeOrSelf(left.getType()));
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

static Value lanes(OpBuilder &builder, Location loc, Value row, int64_t begin, int64_t count) {
  SmallVector<int64_t> mask = llvm::to_vector(llvm::seq<int64_t>(begin, begin + count));
  return vector::ShuffleOp::create(builder, loc, row, row, mask);
}

static Value reduceRow(OpBuilder &builder, Location loc, tile::ReduceKind kind, Value row) {
  int64_t count = cast<VectorType>(row.getType()).getNumElements();
  while (count > 1) {
    int64_t half = count / 2;
    Value low = lanes(builder, loc, row, 0, half);
    Value combined = combine(builder, loc, kind, low, lanes(builder, loc, row, half, half));
    if (count % 2 != 0) {
      // [combined, last]: lane `half` of a vector that has `half` lanes is lane 0 of the second operand.
      Value last = lanes(builder, loc, row, count - 1, 1);
      SmallVector<int64_t> mask = llvm::to_vector(llvm::seq<int64_t>(0, half + 1));
      combined = vector::ShuffleOp::create(builder, loc, combined, last, mask);
    }
    row = combined;
    count = half + count % 2;
  }
  return vector::ExtractOp::create(builder, loc, row, 0);
}

namespace {

struct ConvertDot final : RowPattern<tile::DotOp> {
  using RowPattern::RowPattern;

  FailureOr<SmallVector<Value>> convert(tile::DotOp op, Adaptor adaptor,
                                        ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    SmallVector<Value> acc = llvm::to_vector(adaptor.getAcc());
    VectorType row = cast<VectorType>(acc.front().getType());
    SmallVector<Value> a = llvm::map_to_vector(
        adaptor.getA(), [&](Value value) { return widenTo(rewriter, loc, value, row.getElementType()); });
    // Rows of `acc` inside: neighbouring multiply-adds are independent.
    for (auto [k, b] : llvm::enumerate(adaptor.getB())) {
      Value factor = widenTo(rewriter, loc, b, row.getElementType());
      for (auto [m, sum] : llvm::enumerate(acc)) {
        Value element = rewriter.createOrFold<vector::ExtractOp>(loc, a[m], int64_t(k));
        Value broadcast = vector::BroadcastOp::create(rewriter, loc, row, element);
        sum = math::FmaOp::create(rewriter, loc, broadcast, factor, sum);
      }
    }
    return acc;
  }
};

struct ConvertReduce final : RowPattern<tile::ReduceOp> {
  using RowPattern::RowPattern;

  FailureOr<SmallVector<Value>> convert(tile::ReduceOp op, Adaptor adaptor,
                                        ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    SmallVector<Value> elements;
    for (Value row : adaptor.getInput())
      elements.push_back(reduceRow(rewriter, loc, op.getKind(), row));
    if (!isa<RankedTensorType>(op.getResult().getType()))
      return elements;
    auto row = rowType(cast<RankedTensorType>(op.getResult().getType()));
    return SmallVector<Value>{vector::FromElementsOp::create(rewriter, loc, row, elements)};
  }
};

} // namespace

void populateContractionPatterns(const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<ConvertDot, ConvertReduce>(converter, patterns.getContext());
}

} // namespace mlir::v4

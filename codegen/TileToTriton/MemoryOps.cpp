#include "codegen/TileToTriton/TritonPatterns.h"

#include "llvm/Support/MathExtras.h"

#include <limits>

namespace mlir::v4 {

ScratchLayout::ScratchLayout(tile::KernelOp kernel) {
  kernel.walk([&](tile::ScratchOp scratch) {
    MemRefType type = scratch.getMemory().getType();
    offsets[scratch] = bytes;
    bytes = llvm::alignTo(bytes + type.getNumElements() * type.getElementTypeBitWidth() / 8, 16);
  });
  bytes = llvm::alignTo(bytes, 128);
}

namespace {

// Elements between neighbours of each dimension.
SmallVector<int64_t> strides(MemRefType memory) {
  SmallVector<int64_t> result(memory.getRank(), 1);
  for (int64_t i = memory.getRank() - 2; i >= 0; --i)
    result[i] = result[i + 1] * memory.getDimSize(i + 1);
  return result;
}

// The address of an element: rows of weights lie beyond 2^31 elements, so this is 64-bit arithmetic.
Value elementAddress(TritonBuilder &b, Value base, MemRefType memory, ValueRange offsets) {
  Value sum;
  for (auto [offset, stride] : llvm::zip(offsets, strides(memory))) {
    if (matchPattern(offset, m_Zero()))
      continue;
    Value term =
        stride == 1 ? offset : arith::MulIOp::create(b, offset, b.constant(offset.getType(), stride));
    sum = sum ? arith::AddIOp::create(b, sum, term) : term;
  }
  return sum ? tt::AddPtrOp::create(b, base.getType(), base, sum).getResult() : base;
}

Value pointersTo(TritonBuilder &b, Value address, ArrayRef<int64_t> shape, Value offsets) {
  auto type = RankedTensorType::get(shape, address.getType());
  return tt::AddPtrOp::create(b, type, b.splat(type, address), offsets);
}

// The columns from `offset` on that the memory has, for `masked` accesses.
Value columnMask(TritonBuilder &b, MemRefType memory, Value offset, ArrayRef<int64_t> shape) {
  Value left = arith::SubIOp::create(b, b.constant(b.getI64Type(), memory.getShape().back()), offset);
  left = arith::TruncIOp::create(b, b.getI32Type(), left);
  Value column = b.range(shape, shape.size() - 1);
  return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, column, b.splat(column.getType(), left));
}

// Pointers and mask (null: everywhere) of a tile of `memory` at `offsets`.
struct TilePointers {
  Value pointers, mask;

  TilePointers(TritonBuilder &b, Value base, MemRefType memory, ValueRange offsets, RankedTensorType tile,
               bool masked) {
    RankedTensorType padded = paddedType(tile);
    ArrayRef<int64_t> shape = padded.getShape();
    Value elements = b.range(shape, shape.size() - 1);
    if (shape.size() == 2 && shape[0] > 1) {
      int64_t stride = strides(memory)[memory.getRank() - 2];
      auto rows = RankedTensorType::get({shape[0]}, b.getI32Type());
      Value row = tt::MakeRangeOp::create(b, rows, /*start=*/0, int32_t(shape[0]));
      row = arith::MulIOp::create(b, row, b.constant(rows, stride));
      elements = arith::AddIOp::create(b, b.spread(row, shape, 0), elements);
    }
    pointers = pointersTo(b, elementAddress(b, base, memory, offsets), shape, elements);
    mask = tile.getRank() == 2 ? b.insideMask(tile, {0u, 1u}) : b.insideMask(tile, {0u});
    if (masked)
      mask = b.both(mask, columnMask(b, memory, offsets.back(), shape));
  }
};

// Inside a tile, addresses are 32 bits wide.
LogicalResult verifyReach(Operation *op, MemRefType memory, RankedTensorType tile) {
  RankedTensorType padded = paddedType(tile);
  int64_t reach = padded.getShape().back();
  if (tile.getRank() == 2)
    reach += (padded.getDimSize(0) - 1) * strides(memory)[memory.getRank() - 2];
  if (reach <= std::numeric_limits<int32_t>::max())
    return success();
  return op->emitOpError("spans ") << reach << " elements of " << memory << ", but a tile may span 2^31 - 1";
}

Value loadTile(TritonBuilder &b, Value pointers, Value mask) {
  Type type = tt::pointeeOf(pointers.getType());
  return tt::LoadOp::create(b, type, pointers, mask, mask ? b.zero(type) : Value());
}

struct ConvertLoad final : OpConversionPattern<tile::LoadOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(tile::LoadOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(verifyReach(op, op.getMemory().getType(), op.getResult().getType())))
      return failure();
    TritonBuilder b(op.getLoc(), rewriter);
    TilePointers access(b, adaptor.getMemory(), op.getMemory().getType(), adaptor.getOffsets(),
                        op.getResult().getType(), op.getMasked());
    rewriter.replaceOp(op, loadTile(b, access.pointers, access.mask));
    return success();
  }
};

struct ConvertStore final : OpConversionPattern<tile::StoreOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(tile::StoreOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(verifyReach(op, op.getMemory().getType(), op.getValue().getType())))
      return failure();
    TritonBuilder b(op.getLoc(), rewriter);
    TilePointers access(b, adaptor.getMemory(), op.getMemory().getType(), adaptor.getOffsets(),
                        op.getValue().getType(), op.getMasked());
    rewriter.replaceOpWithNewOp<tt::StoreOp>(op, access.pointers, adaptor.getValue(), access.mask);
    return success();
  }
};

struct ConvertGather final : OpConversionPattern<tile::GatherOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(tile::GatherOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TritonBuilder b(op.getLoc(), rewriter);
    MemRefType memory = op.getMemory().getType();
    RankedTensorType tile = op.getResult().getType(), padded = paddedType(tile);
    SmallVector<Value> offsets(adaptor.getLeading());
    offsets.push_back(b.constant(b.getI64Type(), 0));
    offsets.push_back(adaptor.getColumn());
    Value base = elementAddress(b, adaptor.getMemory(), memory, offsets);

    // A pointer a row first: rows may be more than 2^31 elements apart.
    auto rows = cast<RankedTensorType>(adaptor.getRows().getType());
    RankedTensorType wide = rows.clone(b.getI64Type());
    Value row = arith::ExtSIOp::create(b, wide, adaptor.getRows());
    row = arith::MulIOp::create(b, row, b.constant(wide, memory.getShape().back()));
    Value starts = pointersTo(b, base, rows.getShape(), row);
    Value columns = b.range(padded.getShape(), 1);
    Value spread = b.spread(starts, padded.getShape(), 0);
    Value pointers = tt::AddPtrOp::create(b, spread.getType(), spread, columns);

    Value present =
        arith::CmpIOp::create(b, arith::CmpIPredicate::sge, adaptor.getRows(), b.constant(rows, 0));
    Value mask = b.both(b.spread(present, padded.getShape(), 0), b.insideMask(tile, {0u, 1u}));
    rewriter.replaceOp(op, loadTile(b, pointers, mask));
    return success();
  }
};

struct ConvertLoadScalar final : OpConversionPattern<tile::LoadScalarOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(tile::LoadScalarOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TritonBuilder b(op.getLoc(), rewriter);
    Value address = elementAddress(b, adaptor.getMemory(), op.getMemory().getType(), adaptor.getOffsets());
    rewriter.replaceOp(op, loadTile(b, address, Value()));
    return success();
  }
};

struct ConvertStoreScalar final : OpConversionPattern<tile::StoreScalarOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(tile::StoreScalarOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TritonBuilder b(op.getLoc(), rewriter);
    Value address = elementAddress(b, adaptor.getMemory(), op.getMemory().getType(), adaptor.getOffsets());
    rewriter.replaceOpWithNewOp<tt::StoreOp>(op, address, adaptor.getValue(), Value());
    return success();
  }
};

struct ConvertView final : OpConversionPattern<tile::ViewOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(tile::ViewOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Value memory = adaptor.getMemory();
    Type pointer = getTypeConverter()->convertType(op.getResult().getType());
    if (memory.getType() != pointer)
      memory = tt::BitcastOp::create(rewriter, op.getLoc(), pointer, memory);
    rewriter.replaceOp(op, memory);
    return success();
  }
};

} // namespace

void populateTritonMemoryPatterns(const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<ConvertLoad, ConvertStore, ConvertGather, ConvertLoadScalar, ConvertStoreScalar, ConvertView>(
      converter, patterns.getContext());
}

} // namespace mlir::v4

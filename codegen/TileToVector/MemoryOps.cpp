#include "codegen/TileToVector/Panels.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace mlir::v4 {
namespace {

// Where an access starts, and how far its rows are apart.
struct RowAddresses {
  Value base;
  MemRefType memory;
  Value first; // element number, i64

  Value at(OpBuilder &builder, Location loc, int64_t row) const {
    Value element = first;
    if (row != 0) {
      int64_t stride = row * memory.getShape().back();
      element = builder.createOrFold<arith::AddIOp>(loc, first,
                                                    arith::ConstantIntOp::create(builder, loc, stride, 64),
                                                    arith::IntegerOverflowFlags::nsw);
    }
    return LLVM::GEPOp::create(builder, loc, base.getType(), memory.getElementType(), base,
                               ValueRange{element}, LLVM::GEPNoWrapFlags::inbounds);
  }
};

} // namespace

static unsigned elementBytes(MemRefType memory) { return memory.getElementTypeBitWidth() / 8; }

// bf16 is moved as i16: without instructions for it, LLVM masks bf16 lanes by way of f32 and a library.
static Type storageType(Type type) {
  if (!getElementTypeOrSelf(type).isBF16())
    return type;
  Type i16 = IntegerType::get(type.getContext(), 16);
  auto row = dyn_cast<VectorType>(type);
  return row ? Type(row.clone(i16)) : i16;
}

static Value bitcastTo(OpBuilder &builder, Location loc, Type type, Value value) {
  return value.getType() == type ? value : arith::BitcastOp::create(builder, loc, type, value).getResult();
}

static Value loadFrom(OpBuilder &builder, Location loc, Type type, Value address, unsigned align) {
  Value loaded = LLVM::LoadOp::create(builder, loc, storageType(type), address, align);
  return bitcastTo(builder, loc, type, loaded);
}

static void storeTo(OpBuilder &builder, Location loc, Value value, Value address, unsigned align) {
  value = bitcastTo(builder, loc, storageType(value.getType()), value);
  LLVM::StoreOp::create(builder, loc, value, address, align);
}

// The element number of `offsets`, with zeros for the dimensions that have none.
static Value linearise(OpBuilder &builder, Location loc, MemRefType memory, ArrayRef<Value> offsets) {
  constexpr auto nsw = arith::IntegerOverflowFlags::nsw;
  Value element;
  for (int64_t dim = 0; dim < memory.getRank(); ++dim) {
    if (element)
      element = builder.createOrFold<arith::MulIOp>(
          loc, element, arith::ConstantIndexOp::create(builder, loc, memory.getDimSize(dim)), nsw);
    Value offset = dim < int64_t(offsets.size()) ? offsets[dim] : Value();
    if (!offset)
      continue;
    element = element ? builder.createOrFold<arith::AddIOp>(loc, element, offset, nsw) : offset;
  }
  if (!element)
    element = arith::ConstantIndexOp::create(builder, loc, 0);
  return builder.createOrFold<arith::IndexCastOp>(loc, builder.getI64Type(), element);
}

Value elementAddress(OpBuilder &builder, Location loc, MemRefType memory, Value base,
                     ArrayRef<Value> offsets) {
  return RowAddresses{base, memory, linearise(builder, loc, memory, offsets)}.at(builder, loc, 0);
}

SmallVector<Value> single(ArrayRef<ValueRange> ranges) {
  return llvm::map_to_vector(ranges, [](ValueRange range) { return range.front(); });
}

static Value laneNumbers(OpBuilder &builder, Location loc, int64_t lanes) {
  SmallVector<int32_t> numbers = llvm::to_vector(llvm::seq<int32_t>(0, lanes));
  return arith::ConstantOp::create(
      builder, loc,
      DenseElementsAttr::get(VectorType::get({lanes}, builder.getI32Type()), ArrayRef<int32_t>(numbers)));
}

Value stackMemory(OpBuilder &builder, Location loc, Type element, int64_t count) {
  constexpr unsigned kCacheLine = 64;
  OpBuilder::InsertionGuard guard(builder);
  auto function = builder.getInsertionBlock()->getParent()->getParentOfType<func::FuncOp>();
  builder.setInsertionPointToStart(&function.getBody().front());
  Value size = arith::ConstantIntOp::create(builder, loc, count, 64);
  auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
  return LLVM::AllocaOp::create(builder, loc, pointer, element, size, kCacheLine);
}

// The same value, but nothing that LLVM can know at compile time.
static Value opaque(OpBuilder &builder, Location loc, Value value) {
  Value memory = stackMemory(builder, loc, value.getType(), 1);
  LLVM::StoreOp::create(builder, loc, value, memory, /*alignment=*/4, /*isVolatile=*/true);
  return LLVM::LoadOp::create(builder, loc, value.getType(), memory, /*alignment=*/4, /*isVolatile=*/true);
}

// Lane i: whether column + i lies inside the last dimension.
static Value columnMask(OpBuilder &builder, Location loc, MemRefType memory, Value column, int64_t lanes) {
  Value columns = arith::ConstantIndexOp::create(builder, loc, memory.getShape().back());
  Value left = arith::SubIOp::create(builder, loc, columns, column);
  Value left32 = arith::IndexCastOp::create(builder, loc, builder.getI32Type(), left);
  // LLVM 22.1 may write four bytes where a constant mask lets one narrowed lane through (its issue 179489).
  if (memory.getShape().back() % lanes == 1 && memory.getElementTypeBitWidth() < 32)
    left32 = opaque(builder, loc, left32);
  Value numbers = laneNumbers(builder, loc, lanes);
  Value limit = vector::BroadcastOp::create(builder, loc, numbers.getType(), left32);
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, numbers, limit);
}

static Value zeroRow(OpBuilder &builder, Location loc, VectorType row) {
  return arith::ConstantOp::create(builder, loc, builder.getZeroAttr(row));
}

// Whether only dots read the tile, one element at a time.
static bool feedsDotsAsLeft(tile::LoadOp load) {
  return !load->use_empty() && llvm::all_of(load->getUses(), [](OpOperand &use) {
    return isa<tile::DotOp, tile::DotWordsOp>(use.getOwner()) && use.getOperandNumber() == 0;
  });
}

// Whether the tile is weights that are used where they are read, front to back.
static bool streams(tile::LoadOp load) {
  if (!load->hasOneUse() || !isa<BlockArgument>(load.getMemory()))
    return false;
  Operation *user = *load->user_begin();
  unsigned operand = load->use_begin()->getOperandNumber();
  bool bytes = load.getResult().getType().getElementType().isInteger(8);
  return (isa<tile::WidenOp>(user) && !bytes) || (isa<tile::DotOp, tile::DotWordsOp>(user) && operand == 1);
}

namespace {

// Stack memory of the function: programs of one call take turns with it.
struct ConvertScratch final : OpConversionPattern<tile::ScratchOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(tile::ScratchOp op, OneToNOpAdaptor,
                                ConversionPatternRewriter &rewriter) const override {
    MemRefType memory = op.getMemory().getType();
    rewriter.replaceOp(op, stackMemory(rewriter, op.getLoc(), storageType(memory.getElementType()),
                                       memory.getNumElements()));
    return success();
  }
};

struct ConvertView final : OpConversionPattern<tile::ViewOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(tile::ViewOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, adaptor.getMemory().front());
    return success();
  }
};

struct ConvertLoad final : RowPattern<tile::LoadOp> {
  using RowPattern::RowPattern;

  FailureOr<SmallVector<Value>> convert(tile::LoadOp op, Adaptor adaptor,
                                        ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    MemRefType memory = op.getMemory().getType();
    SmallVector<Value> offsets = single(adaptor.getOffsets());
    RowAddresses addresses{adaptor.getMemory().front(), memory, linearise(rewriter, loc, memory, offsets)};
    RankedTensorType tile = op.getResult().getType();
    VectorType row = rowType(tile);
    unsigned align = elementBytes(memory);
    // Scalars from memory become broadcasts inside the multiply-adds; lanes of a register would be shuffled
    // out.
    bool scalars = !op.getMasked() && feedsDotsAsLeft(op);
    Value mask, zeros;
    if (op.getMasked()) {
      mask = columnMask(rewriter, loc, memory, offsets.back(), row.getNumElements());
      zeros = zeroRow(rewriter, loc, cast<VectorType>(storageType(row)));
    }
    if (streams(op)) {
      Panels panel(memory, memory.getShape().back());
      Value ahead = panel.ahead(rewriter, loc, addresses.at(rewriter, loc, 0), Value(), panel.rowsAhead());
      panel.fetch(rewriter, loc, ahead, llvm::divideCeil(tile.getNumElements(), panel.width));
    }
    SmallVector<Value> rows;
    for (int64_t r = 0, e = rowCount(tile); r < e; ++r) {
      Value address = addresses.at(rewriter, loc, r);
      if (op.getMasked())
        rows.push_back(bitcastTo(
            rewriter, loc, row,
            LLVM::MaskedLoadOp::create(rewriter, loc, zeros.getType(), address, mask, zeros, align)));
      else if (scalars)
        rows.push_back(loadElements(rewriter, loc, row, address, align));
      else
        rows.push_back(loadFrom(rewriter, loc, row, address, align));
    }
    return rows;
  }

  static Value loadElements(OpBuilder &builder, Location loc, VectorType row, Value address, unsigned align) {
    SmallVector<Value> elements;
    for (int64_t lane = 0; lane < row.getNumElements(); ++lane) {
      Value element =
          LLVM::GEPOp::create(builder, loc, address.getType(), row.getElementType(), address,
                              ArrayRef<LLVM::GEPArg>{int32_t(lane)}, LLVM::GEPNoWrapFlags::inbounds);
      elements.push_back(loadFrom(builder, loc, row.getElementType(), element, align));
    }
    return vector::FromElementsOp::create(builder, loc, row, elements);
  }
};

struct ConvertStore final : OpConversionPattern<tile::StoreOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(tile::StoreOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    MemRefType memory = op.getMemory().getType();
    SmallVector<Value> offsets = single(adaptor.getOffsets());
    RowAddresses addresses{adaptor.getMemory().front(), memory, linearise(rewriter, loc, memory, offsets)};
    unsigned align = elementBytes(memory);
    Value mask;
    if (op.getMasked())
      mask = columnMask(rewriter, loc, memory, offsets.back(),
                        rowType(op.getValue().getType()).getNumElements());
    for (auto [r, row] : llvm::enumerate(adaptor.getValue())) {
      Value address = addresses.at(rewriter, loc, r);
      if (op.getMasked())
        LLVM::MaskedStoreOp::create(rewriter, loc, bitcastTo(rewriter, loc, storageType(row.getType()), row),
                                    address, mask, align);
      else
        storeTo(rewriter, loc, row, address, align);
    }
    rewriter.eraseOp(op);
    return success();
  }
};

struct ConvertGather final : RowPattern<tile::GatherOp> {
  using RowPattern::RowPattern;

  // A negative row reads row 0 and drops it: that is cheaper than a branch, and every state has a row 0.
  FailureOr<SmallVector<Value>> convert(tile::GatherOp op, Adaptor adaptor,
                                        ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    MemRefType memory = op.getMemory().getType();
    VectorType row = rowType(op.getResult().getType());
    Value none = arith::ConstantIndexOp::create(rewriter, loc, 0);
    Value zeros = zeroRow(rewriter, loc, row);
    SmallVector<Value> rows;
    for (int64_t r = 0, e = rowCount(op.getResult().getType()); r < e; ++r) {
      Value number = vector::ExtractOp::create(rewriter, loc, adaptor.getRows().front(), r);
      Value index = arith::IndexCastOp::create(rewriter, loc, rewriter.getIndexType(), number);
      Value absent = arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::slt, index, none);
      SmallVector<Value> offsets = single(adaptor.getLeading());
      offsets.push_back(arith::MaxSIOp::create(rewriter, loc, index, none));
      offsets.push_back(adaptor.getColumn().front());
      RowAddresses address{adaptor.getMemory().front(), memory, linearise(rewriter, loc, memory, offsets)};
      Value loaded = loadFrom(rewriter, loc, row, address.at(rewriter, loc, 0), elementBytes(memory));
      rows.push_back(arith::SelectOp::create(rewriter, loc, absent, zeros, loaded));
    }
    return rows;
  }
};

struct ConvertLoadScalar final : RowPattern<tile::LoadScalarOp> {
  using RowPattern::RowPattern;

  FailureOr<SmallVector<Value>> convert(tile::LoadScalarOp op, Adaptor adaptor,
                                        ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    MemRefType memory = op.getMemory().getType();
    RowAddresses address{adaptor.getMemory().front(), memory,
                         linearise(rewriter, loc, memory, single(adaptor.getOffsets()))};
    return SmallVector<Value>{
        loadFrom(rewriter, loc, memory.getElementType(), address.at(rewriter, loc, 0), elementBytes(memory))};
  }
};

struct ConvertStoreScalar final : OpConversionPattern<tile::StoreScalarOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(tile::StoreScalarOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    MemRefType memory = op.getMemory().getType();
    RowAddresses address{adaptor.getMemory().front(), memory,
                         linearise(rewriter, loc, memory, single(adaptor.getOffsets()))};
    storeTo(rewriter, loc, adaptor.getValue().front(), address.at(rewriter, loc, 0), elementBytes(memory));
    rewriter.eraseOp(op);
    return success();
  }
};

} // namespace

void populateMemoryPatterns(const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<ConvertScratch, ConvertView, ConvertLoad, ConvertStore, ConvertGather, ConvertLoadScalar,
               ConvertStoreScalar>(converter, patterns.getContext());
}

} // namespace mlir::v4

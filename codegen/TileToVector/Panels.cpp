// Panels that are read abreast, and tile.load_panels.
#include "codegen/TileToVector/Panels.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace mlir::v4 {

Panels::Panels(MemRefType memory, int64_t outputs)
    : panels(std::max<int64_t>(tile::panelsAbreast(memory, outputs), 1)),
      rows(memory.getDimSize(memory.getRank() - 2)), width(memory.getShape().back()),
      element(memory.getElementType()) {}

static Value constant(OpBuilder &builder, Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

Value Panels::elementOf(OpBuilder &builder, Location loc, Value column) const {
  if (panels == 1)
    return column;
  Value panelWidth = constant(builder, loc, width);
  Value panel = builder.createOrFold<arith::DivUIOp>(loc, column, panelWidth),
        inPanel = builder.createOrFold<arith::RemUIOp>(loc, column, panelWidth);
  Value first = builder.createOrFold<arith::MulIOp>(loc, panel, constant(builder, loc, stride()));
  return builder.createOrFold<arith::AddIOp>(loc, first, inPanel);
}

Value Panels::ahead(OpBuilder &builder, Location loc, Value at, Value row, int64_t step, Value then) const {
  auto plus = [&](Value base, Value elements) -> Value {
    // Not inbounds: what is ahead of the last weights may be nothing.
    return LLVM::GEPOp::create(builder, loc, at.getType(), element, base, ValueRange{elements});
  };
  auto number = [&](int64_t value) -> Value { return arith::ConstantIntOp::create(builder, loc, value, 64); };
  Value forward = plus(at, number(step * width));
  if (panels == 1 && !then)
    return forward;
  if (!then)
    then = plus(at, number(step * width + (panels - 1) * stride()));
  else {
    Value below = arith::SubIOp::create(builder, loc, row, constant(builder, loc, rows - step));
    below = arith::MulIOp::create(builder, loc, below, constant(builder, loc, width));
    then = plus(then, arith::IndexCastOp::create(builder, loc, builder.getI64Type(), below));
  }
  Value inside = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, row,
                                       constant(builder, loc, rows - step));
  return arith::SelectOp::create(builder, loc, inside, forward, then);
}

int64_t Panels::rowsAhead() const {
  constexpr int64_t kAhead = 4096;
  int64_t bytes = kAhead / panels;
  return std::max<int64_t>(bytes * 8 / (width * element.getIntOrFloatBitWidth()), 1);
}

void Panels::fetch(OpBuilder &builder, Location loc, Value first, int64_t count) const {
  constexpr int64_t kLine = 64;
  int64_t bytes = element.getIntOrFloatBitWidth() / 8;
  for (int64_t panel = 0; panel < panels; ++panel)
    for (int64_t at = 0; at < count * width * bytes; at += kLine) {
      int64_t offset = panel * stride() * bytes + at;
      Value line = LLVM::GEPOp::create(builder, loc, first.getType(), builder.getI8Type(), first,
                                       ArrayRef<LLVM::GEPArg>{int32_t(offset)});
      LLVM::Prefetch::create(builder, loc, line, /*rw=*/0, /*hint=*/3, /*cache=*/1);
    }
}

namespace {

struct ConvertLoadPanels final : RowPattern<tile::LoadPanelsOp> {
  using RowPattern::RowPattern;

  FailureOr<SmallVector<Value>> convert(tile::LoadPanelsOp op, Adaptor adaptor,
                                        ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType tile = op.getResult().getType();
    Panels panels(op.getMemory().getType(), tile.getShape().back());
    SmallVector<Value> offsets = single(adaptor.getOffsets());
    Value first =
        elementAddress(rewriter, loc, op.getMemory().getType(), adaptor.getMemory().front(), offsets);
    int64_t count = rowCount(tile);
    Value row = offsets[offsets.size() - 2];
    panels.fetch(rewriter, loc, panels.ahead(rewriter, loc, first, row, panels.rowsAhead()), count);
    auto piece = VectorType::get({panels.width}, panels.element);
    SmallVector<Value> rows;
    for (int64_t r = 0; r < count; ++r) {
      SmallVector<Value> pieces;
      for (int64_t p = 0; p < panels.panels; ++p) {
        int64_t number = p * panels.stride() + r * panels.width;
        Value at =
            LLVM::GEPOp::create(rewriter, loc, first.getType(), panels.element, first,
                                ArrayRef<LLVM::GEPArg>{int32_t(number)}, LLVM::GEPNoWrapFlags::inbounds);
        pieces.push_back(
            LLVM::LoadOp::create(rewriter, loc, piece, at, panels.element.getIntOrFloatBitWidth() / 8));
      }
      rows.push_back(joinVectors(rewriter, loc, pieces));
    }
    return rows;
  }
};

} // namespace

void populatePanelPatterns(const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<ConvertLoadPanels>(converter, patterns.getContext());
}

} // namespace mlir::v4

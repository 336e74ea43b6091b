#include "codegen/TileToVector/DotRows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::v4 {

Value RowBuilder::index(int64_t value) const { return arith::ConstantIndexOp::create(b, value); }
Value RowBuilder::add(Value x, Value y) const { return b.createOrFold<arith::AddIOp>(x, y); }
Value RowBuilder::mul(Value x, int64_t y) const { return b.createOrFold<arith::MulIOp>(x, index(y)); }
Value RowBuilder::div(Value x, int64_t y) const { return b.createOrFold<arith::DivUIOp>(x, index(y)); }

void RowBuilder::forEach(Value begin, Value end, Value step, function_ref<void(Value)> body) const {
  auto loop = scf::ForOp::create(b, begin, end, step);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(loop.getBody()->getTerminator());
  body(loop.getInductionVar());
}

void RowBuilder::forColumns(int64_t outputs, int64_t width,
                            function_ref<void(Value column, int64_t width)> body) const {
  int64_t full = outputs / width * width;
  if (full == width)
    body(index(0), width);
  else if (full > 0)
    forEach(index(0), index(full), index(width), [&](Value column) { body(column, width); });
  if (full < outputs)
    body(index(full), outputs - full);
}

void RowBuilder::forRanges(Value count, ArrayRef<RegisterTile> tiles,
                           function_ref<void(Value begin, Value end, RegisterTile tile)> body) const {
  Value begin = index(0);
  for (RegisterTile tile : tiles) {
    Value left = arith::SubIOp::create(b, count, begin);
    Value rest = arith::RemUIOp::create(b, left, index(tile.rows));
    if (tile.leavesMore) {
      Value more =
          arith::AndIOp::create(b, arith::ShRUIOp::create(b, index(tile.leavesMore), rest), index(1));
      rest = arith::MinUIOp::create(b, left, add(rest, mul(more, tile.rows)));
    }
    Value end = arith::SubIOp::create(b, count, rest);
    body(begin, end, tile);
    begin = end;
  }
}

void RowBuilder::forTiles(Value count, int64_t outputs, int64_t lanes, ArrayRef<RegisterTile> tiles,
                          function_ref<void(RowGroup group, Value column, int64_t width)> body) const {
  forRanges(count, tiles, [&](Value begin, Value end, RegisterTile tile) {
    forColumns(outputs, tile.vectors * lanes, [&](Value column, int64_t width) {
      forEach(begin, end, index(tile.rows), [&](Value row) { body({row, tile.rows, end}, column, width); });
    });
  });
}

Value RowBuilder::address(Value base, Type type, Value element) const {
  Value number = arith::IndexCastOp::create(b, b.getI64Type(), element);
  return LLVM::GEPOp::create(b, base.getType(), type, base, ValueRange{number},
                             LLVM::GEPNoWrapFlags::inbounds);
}

Value RowBuilder::offset(Value base, Type type, int64_t elements) const {
  return LLVM::GEPOp::create(b, base.getType(), type, base, ArrayRef<LLVM::GEPArg>{int32_t(elements)},
                             LLVM::GEPNoWrapFlags::inbounds);
}

Value RowBuilder::load(Type type, Value base, Value element) const {
  return load(type, address(base, b.getF32Type(), element));
}

Value RowBuilder::load(Type type, Value address) const {
  return LLVM::LoadOp::create(b, type, address, /*alignment=*/4);
}

void RowBuilder::store(Value value, Value base, Value element) const {
  store(value, address(base, b.getF32Type(), element));
}

void RowBuilder::store(Value value, Value address) const {
  LLVM::StoreOp::create(b, value, address, /*alignment=*/4);
}

void RowBuilder::fetch(const Ahead &ahead, Value number, int64_t parts, Value now, Value otherwise) const {
  constexpr int64_t kLine = 64;
  // Lines of the runs in turn: what the processor fetches by itself then has longer until the end of a page.
  int64_t runs = ahead.run == ahead.stride ? 1 : ahead.size / ahead.run;
  int64_t each = llvm::divideCeil(llvm::divideCeil(ahead.size, kLine), parts);
  if (runs % each != 0)
    each = llvm::alignTo(each, runs);
  Value first = mul(number, each), offset = mul(div(first, runs), kLine);
  if (runs > 1)
    offset = add(offset, mul(b.createOrFold<arith::RemUIOp>(first, index(runs)), ahead.stride));
  Value bytesAhead = arith::IndexCastOp::create(b, b.getI64Type(), offset);
  // Not inbounds: what is ahead of the last weights may be nothing.
  Value begin =
      LLVM::GEPOp::create(b, ahead.base.getType(), b.getI8Type(), ahead.base, ValueRange{bytesAhead});
  auto plus = [&](Value base, int64_t bytes) -> Value {
    return LLVM::GEPOp::create(b, base.getType(), b.getI8Type(), base,
                               ArrayRef<LLVM::GEPArg>{int32_t(bytes)});
  };
  for (int64_t run = 0; run < std::min(runs, each); ++run) {
    Value lines = arith::SelectOp::create(b, now, plus(begin, run * ahead.stride), otherwise);
    for (int64_t i = run; i < each; i += runs)
      LLVM::Prefetch::create(b, plus(lines, i / runs * kLine), /*rw=*/0, /*hint=*/3, /*cache=*/1);
  }
}

} // namespace mlir::v4

// Exact products of blocks: digits are the numbers themselves, and sums are of double precision.
#include "codegen/TileToLoops/LoopEmitter.h"

#include "mlir/Dialect/Math/IR/Math.h"

namespace mlir::v4 {

void LoopEmitter::emitSplitDigits(tile::SplitDigitsOp op) {
  SmallVector<Value> offsets = lookup(op.getOffsets());
  storeChecked(tile(op.getNumbers()), memories.lookup(op.getMemory()), offsets, /*masked=*/false);
}

void LoopEmitter::emitDotDigits(tile::DotDigitsOp op) {
  constexpr int64_t kInputs = tile::kDigitBlock, kWord = 8;
  AccessedMemory acc = memories.lookup(op.getAcc()), scales = memories.lookup(op.getScales());
  Type f32 = b.getF32Type(), f64 = b.getF64Type();
  int64_t outputs = acc.type.getDimSize(1), width = chunk(outputs);
  TileStorage codes = allocate(b.getI32Type(), kInputs / kWord, outputs),
              wide = allocate(f32, kInputs, outputs), numbers = allocate(f32, 1, kInputs),
              sums = allocate(f64, 1, outputs);
  loadWords(memories.lookup(op.getWords()), lookup(op.getOffsets()), codes);
  widen(codes, tile::Format::e2m1, wide);

  auto rowLoop = scf::ForOp::create(b, index(0), scalars.lookup(op.getCount()), index(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(rowLoop.getBody()->getTerminator());
  Value row = rowLoop.getInductionVar();
  SmallVector<Value> from = lookup(op.getFrom());
  Value &rowOffset = from[from.size() - 2], number = row;
  if (op.getRows()) {
    Value place = address(memories.lookup(op.getRows()).base, b.getI32Type(), row);
    number = arith::IndexCastUIOp::create(b, b.getIndexType(), loadAt(place, b.getI32Type(), 1));
  }
  rowOffset = add(rowOffset, number);
  loadChecked(memories.lookup(op.getX()), from, numbers, /*masked=*/false);
  auto vector = [&](Type element) { return width == 1 ? element : VectorType::get({width}, element); };
  fill(sums);
  forEach(kInputs, 1, [&](Value k) {
    Value left = splat(arith::ExtFOp::create(b, f64, load(numbers, k, 1)), width);
    forEach(outputs, width, [&](Value n) {
      Value right = arith::ExtFOp::create(b, vector(f64), load(wide, add(mul(k, outputs), n), width));
      store(math::FmaOp::create(b, left, right, load(sums, n, width)), sums, n);
    });
  });
  forEach(outputs, width, [&](Value n) {
    Value sum = arith::TruncFOp::create(b, vector(f32), load(sums, n, width));
    Value place = address(acc.base, f32, add(mul(row, outputs), n));
    storeAt(math::FmaOp::create(b, sum, loadAt(address(scales.base, f32, n), f32, width),
                                loadAt(place, f32, width)),
            place);
  });
}

void LoopEmitter::emitDotCodes(tile::DotCodesOp op) {
  constexpr int64_t kBytes = tile::kDigitBlock / 2, kGroup = 4;
  AccessedMemory acc = memories.lookup(op.getAcc()), columns = memories.lookup(op.getColumns()),
                 scales = memories.lookup(op.getScales()), x = memories.lookup(op.getX());
  Type i8 = b.getI8Type(), f32 = b.getF32Type();
  int64_t blocks = scales.type.getDimSize(0), outputs = scales.type.getDimSize(1);
  TileStorage codes = allocate(i8, 1, kBytes), wide = allocate(f32, 2, kBytes), sum = allocate(f32, 1, 1),
              byte = allocate(i8, 1, 1), scale = allocate(f32, 1, 1);
  auto rowLoop = scf::ForOp::create(b, index(0), scalars.lookup(op.getCount()), index(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(rowLoop.getBody()->getTerminator());
  Value row = rowLoop.getInductionVar();
  auto sumAt = [&](Value n) { return address(acc.base, f32, add(mul(row, outputs), n)); };
  forEach(outputs, 1, [&](Value n) {
    storeAt(arith::ConstantOp::create(b, b.getF32FloatAttr(0)).getResult(), sumAt(n));
  });
  forEach(blocks, 1, [&](Value block) {
    SmallVector<Value> from = lookup(op.getFrom());
    Value column = from.back();
    from[from.size() - 2] = add(from[from.size() - 2], row);
    from.back() = add(column, mul(block, kBytes));
    loadChecked(x, from, codes, /*masked=*/false);
    widen(codes, tile::Format::e2m1, wide);
    from.back() = add(column, add(block, index(op.getScaleOffset())));
    loadChecked(x, from, byte, /*masked=*/false);
    Value bits = arith::ExtUIOp::create(b, b.getI32Type(), load(byte, index(0), 1));
    bits = arith::ShLIOp::create(b, bits, arith::ConstantIntOp::create(b, 23, 32));
    store(arith::BitcastOp::create(b, f32, bits), scale, index(0));
    forEach(outputs, 1, [&](Value n) {
      fill(sum);
      // No sum rounds: all are integers below 2^13.
      forEach(2 * kBytes, 1, [&](Value k) {
        Value group = arith::DivUIOp::create(b, k, index(kGroup)),
              inGroup = arith::RemUIOp::create(b, k, index(kGroup));
        Value line = add(mul(add(mul(block, 2 * kBytes / kGroup), group), outputs), n);
        Value right = loadAt(address(columns.base, i8, add(mul(line, kGroup), inGroup)), i8, 1);
        Value left = load(wide, k, 1); // the even ones first
        Value doubled = arith::AddFOp::create(b, left, left);
        store(math::FmaOp::create(b, doubled, arith::SIToFPOp::create(b, f32, right), load(sum, index(0), 1)),
              sum, index(0));
      });
      Value factor =
          arith::MulFOp::create(b, loadAt(address(scales.base, f32, add(mul(block, outputs), n)), f32, 1),
                                load(scale, index(0), 1));
      storeAt(math::FmaOp::create(b, load(sum, index(0), 1), factor, loadAt(sumAt(n), f32, 1)), sumAt(n));
    });
  });
}

} // namespace mlir::v4

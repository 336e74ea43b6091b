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
  loadChecked(memories.lookup(op.getWords()), lookup(op.getOffsets()), codes, /*masked=*/false);
  widen(codes, tile::Format::e2m1, wide);

  auto rowLoop = scf::ForOp::create(b, index(0), scalars.lookup(op.getCount()), index(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(rowLoop.getBody()->getTerminator());
  Value row = rowLoop.getInductionVar();
  SmallVector<Value> from = lookup(op.getFrom());
  Value &rowOffset = from[from.size() - 2];
  rowOffset = add(rowOffset, row);
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

} // namespace mlir::v4

// Exact products of blocks: digits are the numbers themselves, and sums are of double precision.
#include "codegen/TileToLoops/LoopEmitter.h"

#include "mlir/Dialect/Math/IR/Math.h"

namespace mlir::v4 {

/// Row `row` of a block, which holds up to 32 numbers.
static Value numberAt(ImplicitLocOpBuilder &b, MemRefType digits, Value block, Value row) {
  auto times = [&](Value x, int64_t y) -> Value {
    return arith::MulIOp::create(b, x, arith::ConstantIndexOp::create(b, y));
  };
  return times(arith::AddIOp::create(b, times(block, digits.getDimSize(1)), row), digits.getDimSize(2) / 4);
}

void LoopEmitter::emitSplitDigits(tile::SplitDigitsOp op) {
  AccessedMemory digits = memories.lookup(op.getDigits());
  const TileStorage numbers = tile(op.getNumbers());
  Value first = numberAt(b, digits.type, scalars.lookup(op.getBlock()), scalars.lookup(op.getRow()));
  forEach(numbers.columns, 1, [&](Value i) {
    storeAt(load(numbers, i, 1), address(digits.base, b.getF32Type(), add(first, i)));
  });
}

void LoopEmitter::emitDotDigits(tile::DotDigitsOp op) {
  constexpr int64_t kWord = 8;
  AccessedMemory digits = memories.lookup(op.getDigits()), acc = memories.lookup(op.getAcc()),
                 scales = memories.lookup(op.getScales()), words = memories.lookup(op.getWords());
  Type f32 = b.getF32Type(), f64 = b.getF64Type();
  int64_t inputs = op.getInputs(), outputs = acc.type.getDimSize(1), width = chunk(outputs);
  TileStorage codes = allocate(b.getI32Type(), inputs / kWord, outputs), wide = allocate(f32, inputs, outputs),
              sums = allocate(f64, 1, outputs);
  SmallVector<Value> offsets =
      llvm::map_to_vector(op.getOffsets(), [&](Value v) { return scalars.lookup(v); });
  loadChecked(words, offsets, codes, /*masked=*/false);
  widen(codes, tile::Format::e2m1, wide);

  auto rowLoop = scf::ForOp::create(b, index(0), scalars.lookup(op.getCount()), index(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(rowLoop.getBody()->getTerminator());
  Value row = rowLoop.getInductionVar();
  Value first = numberAt(b, digits.type, scalars.lookup(op.getBlock()), row);
  auto vector = [&](Type element) { return width == 1 ? element : VectorType::get({width}, element); };
  fill(sums);
  forEach(inputs, 1, [&](Value k) {
    Value number = loadAt(address(digits.base, f32, add(first, k)), f32, 1);
    Value left = splat(arith::ExtFOp::create(b, f64, number), width);
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

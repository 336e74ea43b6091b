// Products of rows in digits with weights in E2M1: a block is summed exactly (tile.dot_digits).
#include "passes/ModelToTile/WeightTiles.h"

namespace mlir::v4 {

/// Inputs of many rows that are brought together at a time: whole lines of each row, and all of it stays in
/// the second cache.
static constexpr int64_t kPiece = 256;

/// sums[i] += the products of `count` rows with block `block` of the panel; the rows' part of it is at
/// `column`.
void WeightTiles::addDigitBlock(Value panelIndex, Value block, Value x, SmallVector<Value> row, Value column,
                                Value sums, Value count) const {
  Value scaleMemory = k.programMemory("scales", {panelWidth});
  k.store(loadScales(panelIndex, block), scaleMemory, {k.index(0)});
  Value word = k.mul(block, k.index(type.getBlockCols() / numbersInWord()));
  row.push_back(column);
  tile::DotDigitsOp::create(k.builder, k.loc, x, row, memory, withExpert({panelIndex, word, k.index(0)}),
                            sums, count, scaleMemory);
}

Value WeightTiles::multiplyDigits(Value panelIndex, const Factor &input) const {
  int64_t block = type.getBlockCols();
  Value sums = k.programMemory("sums", {1, panelWidth});
  k.store(k.constant(0.0, {1, panelWidth}), sums, {k.index(0), k.index(0)});
  k.forEach(k.index(0), k.index(inputs() / block), [&](Value number) {
    addDigitBlock(panelIndex, number, input.memory, llvm::to_vector(input.leading),
                  k.mul(number, k.index(block)), sums, k.index(1));
  });
  return k.load(sums, {k.index(0), k.index(0)}, {1, panelWidth});
}

void WeightTiles::multiplyManyDigits(Value panelIndex, Value count, const ManyRows &input, Value sums) const {
  int64_t block = type.getBlockCols(), piece = std::min(kPiece, inputs());
  // The rows of a block lie together: whole rows would be so far apart that they shared a few sets of the
  // first cache.
  Value x = k.programMemory("digits", {piece / block, k.rowTile, block});
  k.forTiles(inputs(), piece, [&](Value first, int64_t size) {
    k.forEach(k.index(0), count, [&](Value i) {
      SmallVector<Value> from = input.offsets(i);
      from.push_back(input.column ? k.add(input.column, first) : first);
      Value column = from.back();
      k.forTiles(size, block, [&](Value offset, int64_t) {
        from.back() = k.add(column, offset);
        k.store(k.load(input.memory, from, {block}), x, {k.div(offset, k.index(block)), i, k.index(0)});
      });
    });
    Value firstBlock = k.div(first, k.index(block));
    k.forEach(k.index(0), k.index(size / block), [&](Value number) {
      addDigitBlock(panelIndex, k.add(firstBlock, number), x, {number, k.index(0)}, k.index(0), sums, count);
    });
  });
}

} // namespace mlir::v4

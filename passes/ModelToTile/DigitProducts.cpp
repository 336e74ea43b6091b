// Products of rows in digits with weights in E2M1: a block is summed exactly (tile.dot_digits).
#include "passes/ModelToTile/WeightTiles.h"

namespace mlir::v4 {

/// sums[i] += the products of `count` rows with block `block` of the panel; the rows' part of it is at
/// `column`. `rows`: as of tile.dot_digits.
void WeightTiles::addDigitBlock(Value panelIndex, Value block, Value x, SmallVector<Value> row, Value column,
                                Value sums, Value count, Value rows) const {
  Value scaleMemory = k.programMemory("scales", {panelWidth});
  k.store(loadScales(panelIndex, block), scaleMemory, {k.index(0)});
  Value word = k.mul(block, k.index(type.getBlockCols() / numbersInWord()));
  row.push_back(column);
  SmallVector<Value> then;
  if (nextExpert) {
    then = inPanel(nextPanel, k.index(0), k.index(0));
    then.front() = nextExpert;
  }
  tile::DotDigitsOp::create(k.builder, k.loc, x, row, memory, inPanel(panelIndex, word, k.index(0)), then,
                            sums, count, scaleMemory, rows);
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
  int64_t block = type.getBlockCols();
  auto memoryType = cast<MemRefType>(input.memory.getType());
  Value rows = k.programMemory("row_numbers", {k.rowTile, 1}, k.builder.getI32Type());
  k.forEach(k.index(0), count, [&](Value i) {
    SmallVector<Value> offsets = input.offsets(i);
    Value number = offsets.front();
    for (size_t dim = 1; dim < offsets.size(); ++dim)
      number = k.add(k.mul(number, k.index(memoryType.getDimSize(dim))), offsets[dim]);
    k.storeScalar(k.toI32(number), rows, {i, k.index(0)});
  });
  SmallVector<Value> first(memoryType.getRank() - 1, k.index(0));
  k.forEach(k.index(0), k.index(inputs() / block), [&](Value number) {
    Value column = k.mul(number, k.index(block));
    addDigitBlock(panelIndex, number, input.memory, first,
                  input.column ? k.add(input.column, column) : column, sums, count, rows);
  });
}

} // namespace mlir::v4

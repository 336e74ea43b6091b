// Products of rows that were quantised to E4M3 with weights in E2M1: a block is multiplied exactly.
#include "passes/ModelToTile/WeightTiles.h"

namespace mlir::v4 {

/// What tile.split_digits makes of a block.
static constexpr int64_t kLongestBlock = 32, kBlockBytes = 128;
/// Blocks of many rows that are split at a time: a row is read in whole lines, and the digits stay in the second
/// cache.
static constexpr int64_t kTogether = 4;

bool WeightTiles::quantisesInput(Operation *op) {
  auto isQuantised = [](auto expert) { return expert.getNumerics().getOption("act_quant") == "fp8_128"; };
  if (auto up = dyn_cast<ExpertUpOp>(op))
    return isQuantised(up);
  auto down = dyn_cast<ExpertDownOp>(op);
  return down && isQuantised(down);
}

bool WeightTiles::hasExactBlocks() const {
  return kind == WeightLayout::panel_words && wordFormat() == tile::Format::e2m1 && type.isScaled() &&
         type.getBlockCols() <= kLongestBlock;
}

void WeightTiles::forBlocks(int64_t inputs, function_ref<void(Value number, int64_t inputs)> body) const {
  int64_t block = type.getBlockCols(), full = inputs / block;
  k.forEach(k.index(0), k.index(full), [&](Value number) { body(number, block); });
  if (int64_t rest = inputs - full * block)
    body(k.index(full), rest);
}

void WeightTiles::splitBlock(Value digits, Value place, Value row, Value memory, SmallVector<Value> offsets,
                             Value column, Value number, int64_t inputs) const {
  Value first = k.mul(number, k.index(type.getBlockCols()));
  offsets.push_back(column ? k.add(column, first) : first);
  tile::SplitDigitsOp::create(k.builder, k.loc, k.loadF32(memory, offsets, {inputs}), digits, place, row);
}

void WeightTiles::addBlock(Value panelIndex, Value number, int64_t inputs, Value digits, Value place,
                           Value sums, Value count) const {
  Value scaleMemory = k.programMemory("scales", {panelWidth});
  k.store(loadScales(panelIndex, number), scaleMemory, {k.index(0)});
  Value word = k.div(k.mul(number, k.index(type.getBlockCols())), k.index(numbersInWord()));
  tile::DotDigitsOp::create(k.builder, k.loc, digits, place, memory, withExpert({panelIndex, word, k.index(0)}),
                            inputs, sums, count, scaleMemory);
}

Factor WeightTiles::prepare(const Factor &input) const {
  if (!digits)
    return input;
  int64_t blocks = llvm::divideCeil(type.getInputs(), type.getBlockCols());
  Value split = k.programMemory("digits", {blocks, 1, kBlockBytes}, k.builder.getI8Type());
  forBlocks(type.getInputs(), [&](Value number, int64_t inputs) {
    splitBlock(split, number, k.index(0), input.memory, llvm::to_vector(input.leading), input.column, number, inputs);
  });
  return {split, {}};
}

Value WeightTiles::multiplyDigits(Value panelIndex, Value split) const {
  Value sums = k.programMemory("sums", {1, panelWidth});
  k.store(k.constant(0.0, {1, panelWidth}), sums, {k.index(0), k.index(0)});
  forBlocks(type.getInputs(), [&](Value number, int64_t inputs) {
    addBlock(panelIndex, number, inputs, split, number, sums, k.index(1));
  });
  return k.load(sums, {k.index(0), k.index(0)}, {1, panelWidth});
}

void WeightTiles::multiplyManyDigits(Value panelIndex, Value count, const ManyRows &input, Value sums) const {
  int64_t block = type.getBlockCols(), together = std::min<int64_t>(kTogether, llvm::divideCeil(inputs(), block));
  Value split = k.programMemory("digits", {together, k.rowTile, kBlockBytes}, k.builder.getI8Type());
  k.forTiles(inputs(), together * block, [&](Value first, int64_t size) {
    Value firstBlock = k.div(first, k.index(block));
    k.forEach(k.index(0), count, [&](Value i) {
      SmallVector<Value> row = input.offsets(i);
      forBlocks(size, [&](Value place, int64_t inputs) {
        splitBlock(split, place, i, input.memory, row, input.column, k.add(firstBlock, place), inputs);
      });
    });
    forBlocks(size, [&](Value place, int64_t inputs) {
      addBlock(panelIndex, k.add(firstBlock, place), inputs, split, place, sums, count);
    });
  });
}

} // namespace mlir::v4

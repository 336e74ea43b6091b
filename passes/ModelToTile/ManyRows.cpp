// Products of many rows with weights in panels: a piece of the panel is decoded into the program's own
// memory, and all rows are multiplied by it.
#include "passes/ModelToTile/WeightTiles.h"

namespace mlir::v4 {

/// Inputs that are decoded at a time: with 64 outputs half of a second-level cache is left for the rows.
static constexpr int64_t kPiece = 128;
/// A block of inputs with one scale is one chain, which memory has to have room for.
static constexpr int64_t kLongestBlock = 512;

/// Outputs that lie side by side: rows of a whole panel would be so far apart that those of a register tile
/// shared a few sets of the first cache.
static constexpr int64_t kSide = 16;

/// Inputs of a tile that is decoded and stored at once; a multiple of what any word holds.
static constexpr int64_t kWidened = 8;

void WeightTiles::widenInto(Value to, Value panelIndex, Value first, int64_t inputs) const {
  int64_t side = cast<MemRefType>(to.getType()).getShape().back();
  k.forTiles(inputs, kWidened, [&](Value offset, int64_t width) {
    for (int64_t column = 0; column < panelWidth; column += side)
      k.store(loadTile(panelIndex, k.add(first, offset), width, column, side), to,
              {k.index(column / side), offset, k.index(0)});
  });
}

void WeightTiles::copyRows(Value to, Value count, const ManyRows &input, Value first, int64_t inputs) const {
  k.forEach(k.index(0), count, [&](Value i) {
    SmallVector<Value> from = input.offsets(i);
    from.push_back(input.column ? k.add(input.column, first) : first);
    k.copy(input.memory, from, to, {i, k.index(0)}, inputs, factor());
  });
}

Value WeightTiles::multiplyMany(Value panelIndex, Value count, const ManyRows &input, StringRef which) const {
  int64_t size = type.getInputs(), rows = k.rowTile;
  int64_t block = type.isScaled() ? std::min<int64_t>(type.getBlockCols(), size) : 0;
  Value sums = k.programMemory(which, {rows, panelWidth});
  if (block > kLongestBlock) { // one row after the other
    k.forEach(k.index(0), count, [&](Value i) {
      k.store(multiplyPanel(panelIndex, {input.memory, input.offsets(i), input.column}), sums,
              {i, k.index(0)});
    });
    return sums;
  }
  k.forEach(k.index(0), count,
            [&](Value i) { k.store(k.constant(0.0, {1, panelWidth}), sums, {i, k.index(0)}); });
  if (digits) {
    multiplyManyDigits(panelIndex, count, input, sums);
    return sums;
  }

  // Whole blocks at a time.
  int64_t piece = block == 0 ? kPiece : llvm::alignTo(std::max<int64_t>(kPiece - block + 1, 1), block);
  piece = std::min(piece, size);
  Value x = k.programMemory("rows", {rows, piece});
  Value scaleMemory = block ? k.programMemory("scales", {panelWidth}) : Value();
  auto dotRows = [&](Value column, int64_t inputs, Value first) {
    if (block)
      k.store(loadScales(panelIndex, k.div(first, k.index(block))), scaleMemory, {k.index(0)});
    if (kind == WeightLayout::panel_words) {
      Value word = k.div(first, k.index(numbersInWord()));
      tile::DotRowsWordsOp::create(k.builder, k.loc, x, column, memory, inPanel(panelIndex, word, k.index(0)),
                                   sums, count, scaleMemory, inputs, wordFormat());
      return;
    }
    int64_t side = panelWidth % kSide == 0 ? kSide : panelWidth;
    Value weights = k.programMemory("weights", {panelWidth / side, inputs, side});
    widenInto(weights, panelIndex, first, inputs);
    tile::DotRowsOp::create(k.builder, k.loc, x, column, weights, sums, count, scaleMemory, /*turned=*/false);
  };
  k.forTiles(size, piece, [&](Value first, int64_t inputs) {
    copyRows(x, count, input, first, inputs);
    k.forTiles(inputs, block ? block : inputs,
               [&](Value column, int64_t part) { dotRows(column, part, k.add(first, column)); });
  });
  return sums;
}

} // namespace mlir::v4

// Products of many rows with weights in panels: a piece of the panel is decoded into the program's own
// memory, and all rows are multiplied by it.
#include "passes/ModelToTile/WeightTiles.h"

namespace mlir::v4 {

/// Inputs that are decoded at a time: with 64 outputs half of a second-level cache is left for the rows.
static constexpr int64_t kPiece = 128;
/// A block of inputs with one scale is one chain, which memory has to have room for.
static constexpr int64_t kLongestBlock = 512;

/// Rows from which on it pays to copy them once for several panels. Fewer cost little to copy, and a panel is
/// read faster without another one in between.
static constexpr int64_t kManyCopies = 17;

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

void WeightTiles::multiplyOneByOne(Value panelIndex, Value count, const ManyRows &input, Value sums) const {
  k.forEach(k.index(0), count, [&](Value i) {
    k.store(multiplyPanel(panelIndex, {input.memory, input.offsets(i), input.column}), sums, {i, k.index(0)});
  });
}

/// Adds the products of inputs [first, first + inputs), which are the columns of `x`: whole blocks.
void WeightTiles::addPiece(Value panelIndex, Value x, Value count, Value first, int64_t inputs,
                           Value sums) const {
  int64_t block = type.isScaled() ? std::min<int64_t>(type.getBlockCols(), type.getInputs()) : inputs;
  Value scaleMemory = type.isScaled() ? k.programMemory("scales", {panelWidth}) : Value();
  k.forTiles(inputs, block, [&](Value column, int64_t part) {
    Value from = k.add(first, column);
    if (scaleMemory)
      k.store(loadScales(panelIndex, k.div(from, k.index(block))), scaleMemory, {k.index(0)});
    if (kind == WeightLayout::panel_words) {
      Value word = k.div(from, k.index(numbersInWord()));
      tile::DotRowsWordsOp::create(k.builder, k.loc, x, column, memory, inPanel(panelIndex, word, k.index(0)),
                                   sums, count, scaleMemory, part, wordFormat());
      return;
    }
    int64_t side = panelWidth % kSide == 0 ? kSide : panelWidth;
    Value weights = k.programMemory("weights", {panelWidth / side, part, side});
    widenInto(weights, panelIndex, from, part);
    tile::DotRowsOp::create(k.builder, k.loc, x, column, weights, sums, count, scaleMemory, /*turned=*/false);
  });
}

SmallVector<Value> WeightTiles::multiplyMany(ArrayRef<Panel> panels, Value count, const ManyRows &input) {
  const WeightTiles &first = panels.front().weight;
  KernelBuilder &k = first.k;
  int64_t size = first.type.getInputs(), rows = k.rowTile;
  int64_t block = first.type.isScaled() ? std::min<int64_t>(first.type.getBlockCols(), size) : 1;
  SmallVector<Value> sums;
  for (const Panel &panel : panels) {
    int64_t width = panel.weight.panelWidth;
    sums.push_back(k.programMemory("sums" + std::to_string(sums.size()), {rows, width}));
    if (block > kLongestBlock)
      continue;
    k.forEach(k.index(0), count,
              [&](Value i) { k.store(k.constant(0.0, {1, width}), sums.back(), {i, k.index(0)}); });
  }
  if (block > kLongestBlock || first.digits) {
    for (auto [panel, sum] : llvm::zip_equal(panels, sums))
      if (first.digits)
        panel.weight.multiplyManyDigits(panel.index, count, input, sum);
      else
        panel.weight.multiplyOneByOne(panel.index, count, input, sum);
    return sums;
  }
  int64_t piece = std::min<int64_t>(llvm::alignTo(std::max<int64_t>(kPiece - block + 1, 1), block), size);
  Value x = k.programMemory("rows", {rows, piece});
  auto multiply = [&](ArrayRef<Panel> some, ArrayRef<Value> their) {
    k.forTiles(size, piece, [&](Value begin, int64_t inputs) {
      first.copyRows(x, count, input, begin, inputs);
      for (auto [panel, sum] : llvm::zip_equal(some, their))
        panel.weight.addPiece(panel.index, x, count, begin, inputs, sum);
    });
  };
  if (panels.size() == 1) {
    multiply(panels, sums);
    return sums;
  }
  k.ifThen(k.less(count, k.index(kManyCopies)), [&] {
    for (size_t i = 0; i < panels.size(); ++i)
      multiply(panels[i], sums[i]);
  });
  k.ifThen(k.less(k.index(kManyCopies - 1), count), [&] { multiply(panels, sums); });
  return sums;
}

} // namespace mlir::v4

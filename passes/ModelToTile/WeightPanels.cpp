// Products with weights in panels: outputs across lanes, a broadcast input times a row of the panel.
#include "passes/ModelToTile/WeightTiles.h"

namespace mlir::v4 {

tile::Format WeightTiles::wordFormat() const {
  if (isa<Float4E2M1FNType>(type.getElementType()))
    return tile::Format::e2m1;
  return isa<Float8E4M3FNType>(type.getElementType()) ? tile::Format::e4m3 : tile::Format::bf16;
}

int64_t WeightTiles::numbersInWord() const {
  return tile::numbersInElement(wordFormat(), cast<MemRefType>(memory.getType()).getElementType());
}

Value WeightTiles::loadWords(Value panelIndex, Value offset, int64_t width) const {
  int64_t words = width / numbersInWord();
  SmallVector<Value> from = inPanel(panelIndex, k.div(offset, k.index(numbersInWord())), k.index(0));
  return abreast ? k.loadPanels(memory, from, {words, panelWidth})
                 : k.load(memory, from, {words, panelWidth});
}

Value WeightTiles::loadTile(Value panelIndex, Value offset, int64_t width, int64_t column,
                            int64_t outputs) const {
  OpBuilder &b = k.builder;
  auto wide = k.f32Tile({width, outputs});
  Value from = k.index(column);
  if (isa<Float4E2M1FNType>(type.getElementType())) {
    Value bytes =
        k.load(memory, withExpert({panelIndex, k.div(offset, k.index(2)), from}), {width / 2, outputs});
    return tile::WidenOp::create(b, k.loc, wide, bytes, tile::Format::e2m1);
  }
  if (isa<Float8E4M3FNType>(type.getElementType())) {
    Value bytes = k.load(memory, withExpert({panelIndex, offset, from}), {width, outputs});
    return tile::WidenOp::create(b, k.loc, wide, bytes, tile::Format::e4m3);
  }
  return k.loadF32(memory, withExpert({panelIndex, offset, from}), {width, outputs});
}

/// acc + x times inputs [at, at + width) of the panel.
Value WeightTiles::addPanelProducts(Value panelIndex, Value at, int64_t width, Value x, Value acc) const {
  if (kind != WeightLayout::panel_words)
    return k.dot(x, loadTile(panelIndex, at, width, 0, panelWidth), acc);
  return tile::DotWordsOp::create(k.builder, k.loc, acc.getType(), x, loadWords(panelIndex, at, width), acc,
                                  wordFormat());
}

// Words of e4m3 are decoded to 2^-116 of their numbers, see `tile.widen`. Half of it goes to the rows, half
// to the scales, so that sums are as far from the smallest numbers of f32 as from the largest.
double WeightTiles::factor() const {
  return kind == WeightLayout::panel_words && wordFormat() == tile::Format::e4m3 ? 0x1p58 : 1;
}

Value WeightTiles::loadScales(Value panelIndex, Value block) const {
  Value scales = loadStoredScales(panelIndex, block);
  return factor() == 1 ? scales : k.mulf(scales, k.constant(factor(), {panelWidth}));
}

Value WeightTiles::loadStoredScales(Value panelIndex, Value block) const {
  OpBuilder &b = k.builder;
  auto widen = [&](Value tile, int64_t size) -> Value {
    if (cast<RankedTensorType>(tile.getType()).getElementType().isF32())
      return tile;
    return tile::WidenOp::create(b, k.loc, k.f32Tile({size}), tile, tile::Format::e8m0);
  };
  if (type.getBlockRows() == 1) {
    Value tile = k.load(scales, withExpert({panelIndex, block, k.index(0)}), {panelWidth});
    return widen(tile, panelWidth);
  }
  return scalesOfOutputs(k.mul(panelIndex, k.index(panelWidth)), [&](Value blockRow) -> Value {
    Value one = widen(k.load(scales, withExpert({blockRow, block}), {1}), 1);
    return k.splat(k.reduce(tile::ReduceKind::add, one), {panelWidth});
  });
}

// Tiles of `depth` inputs: enough multiply-adds in a row to hide the loop, few enough to stay unrolled.
SmallVector<Value> WeightTiles::chains(ArrayRef<Value> panelIndices, Value first, int64_t count,
                                       const Factor &input) const {
  // A word is decoded into registers: more than one at a time and they run out.
  int64_t depth = kind == WeightLayout::panel_words ? numbersInWord() : k.schedule.getDepth();
  auto addInputs = [&](Value offset, int64_t width, ValueRange sums) {
    Value at = k.add(first, offset), x = loadInput(input, at, {1, width}, false);
    SmallVector<Value> next;
    for (auto [panelIndex, sum] : llvm::zip_equal(panelIndices, sums))
      next.push_back(addPanelProducts(panelIndex, at, width, x, sum));
    return next;
  };
  SmallVector<Value> sums(panelIndices.size(), k.constant(0.0, {1, panelWidth}));
  int64_t full = count / depth * depth;
  if (full > 0)
    sums = k.forLoop(k.index(0), k.index(full), k.index(depth), sums,
                     [&](Value offset, ValueRange carried) { return addInputs(offset, depth, carried); });
  return full < count ? addInputs(k.index(full), count - full, sums) : sums;
}

Value WeightTiles::chain(Value panelIndex, Value first, int64_t count, const Factor &input) const {
  return chains(panelIndex, first, count, input).front();
}

SmallVector<Value> WeightTiles::multiplyAll(const Factor &stored) const {
  Factor input = prepare(stored);
  SmallVector<Value> indices, products;
  for (int64_t panel = 0; panel < panels(); ++panel)
    indices.push_back(k.index(panel));
  if (kind != WeightLayout::rows && !digits && !type.isScaled())
    return chains(indices, k.index(0), type.getInputs(), input);
  for (Value index : indices)
    products.push_back(multiply(index, 1, input));
  return products;
}

Factor WeightTiles::prepare(const Factor &input) const {
  bool isWide = cast<MemRefType>(input.memory.getType()).getElementType().isF32();
  if (input.isPrepared || kind == WeightLayout::rows || digits || (isWide && factor() == 1))
    return input;
  Value wide = k.programMemory("input", {1, type.getInputs()});
  SmallVector<Value> from(input.leading.begin(), input.leading.end());
  from.push_back(input.column ? input.column : k.index(0));
  k.copy(input.memory, from, wide, {k.index(0), k.index(0)}, type.getInputs(), factor());
  return {wide, {k.index(0)}, {}, /*isPrepared=*/true};
}

Value WeightTiles::multiplyPanel(Value panelIndex, const Factor &stored) const {
  int64_t size = type.getInputs();
  Factor input = prepare(stored);
  if (!type.isScaled())
    return chain(panelIndex, k.index(0), size, input);
  int64_t block = type.getBlockCols(), full = size / block;
  Value acc = k.constant(0.0, {1, panelWidth});
  auto addBlock = [&](Value sum, Value number, int64_t count) {
    Value products = chain(panelIndex, k.mul(number, k.index(block)), count, input);
    return k.fma(products, k.broadcast(loadScales(panelIndex, number), {1, panelWidth}, 0), sum);
  };
  if (full > 0)
    acc = k.forLoop(k.index(0), k.index(full), k.index(1), acc, [&](Value number, ValueRange carried) {
      return SmallVector<Value>{addBlock(carried[0], number, block)};
    })[0];
  if (full * block < size)
    acc = addBlock(acc, k.index(full), size - full * block);
  return acc;
}

} // namespace mlir::v4

// Products with weights in panels: outputs across lanes, a broadcast input times a row of the panel.
#include "passes/ModelToTile/WeightTiles.h"

namespace mlir::v4 {

Value WeightTiles::loadTile(Value panelIndex, Value offset, int64_t width) const {
  OpBuilder &b = k.builder;
  auto wide = k.f32Tile({width, panelWidth});
  if (isa<Float4E2M1FNType>(type.getElementType())) {
    Value bytes = k.load(memory, withExpert({panelIndex, k.div(offset, k.index(2)), k.index(0)}),
                         {width / 2, panelWidth});
    return tile::WidenOp::create(b, k.loc, wide, bytes, tile::Format::e2m1);
  }
  if (isa<Float8E4M3FNType>(type.getElementType())) {
    Value bytes = k.load(memory, withExpert({panelIndex, offset, k.index(0)}), {width, panelWidth});
    return tile::WidenOp::create(b, k.loc, wide, bytes, tile::Format::e4m3);
  }
  return k.loadF32(memory, withExpert({panelIndex, offset, k.index(0)}), {width, panelWidth});
}

Value WeightTiles::loadScales(Value panelIndex, Value block, int64_t rows) const {
  OpBuilder &b = k.builder;
  auto widen = [&](Value tile, int64_t size) -> Value {
    if (cast<RankedTensorType>(tile.getType()).getElementType().isF32())
      return tile;
    return tile::WidenOp::create(b, k.loc, k.f32Tile({size}), tile, tile::Format::e8m0);
  };
  if (type.getBlockRows() == 1) {
    Value tile = k.load(scales, withExpert({panelIndex, block, k.index(0)}), {panelWidth});
    return k.broadcast(widen(tile, panelWidth), {rows, panelWidth}, 0);
  }
  Value scale = scalesOfOutputs(k.mul(panelIndex, k.index(panelWidth)), [&](Value blockRow) -> Value {
    Value one = widen(k.load(scales, withExpert({blockRow, block}), {1}), 1);
    return k.splat(k.reduce(tile::ReduceKind::add, one), {panelWidth});
  });
  return k.broadcast(scale, {rows, panelWidth}, 0);
}

// Tiles of `depth` inputs: enough multiply-adds in a row to hide the loop, few enough to stay unrolled.
Value WeightTiles::chain(Value panelIndex, Value first, int64_t count, int64_t rows,
                         const Factor &input) const {
  int64_t depth = k.schedule.getDepth();
  Value acc = k.constant(0.0, {rows, panelWidth});
  int64_t full = count / depth * depth;
  if (full > 0) {
    acc = k.forLoop(k.index(0), k.index(full), k.index(depth), acc, [&](Value offset, ValueRange carried) {
      Value at = k.add(first, offset);
      Value x = loadInput(input, at, {rows, depth}, false);
      return SmallVector<Value>{k.dot(x, loadTile(panelIndex, at, depth), carried[0])};
    })[0];
  }
  if (full < count) {
    Value at = k.add(first, k.index(full));
    Value x = loadInput(input, at, {rows, count - full}, false);
    acc = k.dot(x, loadTile(panelIndex, at, count - full), acc);
  }
  return acc;
}

Value WeightTiles::multiplyPanel(Value panelIndex, int64_t rows, const Factor &input) const {
  int64_t size = type.getInputs();
  if (!type.isScaled())
    return chain(panelIndex, k.index(0), size, rows, input);
  int64_t block = type.getBlockCols(), full = size / block;
  Value acc = k.constant(0.0, {rows, panelWidth});
  auto addBlock = [&](Value sum, Value number, int64_t count) {
    Value products = chain(panelIndex, k.mul(number, k.index(block)), count, rows, input);
    return k.fma(products, loadScales(panelIndex, number, rows), sum);
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

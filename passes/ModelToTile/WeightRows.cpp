// Products with weights in rows, for matrix units: a tile of weights times a tile of activations, turned so
// that inputs run down its columns. The weights are the left factor since they come from memory in registers
// and are widened there.
#include "passes/ModelToTile/WeightTiles.h"

namespace mlir::v4 {

/// Columns of the right factor that matrix units want at least.
static constexpr int64_t kLeastColumns = 16;
/// Inputs that share a scale in `tile.scaled_dot`.
static constexpr int64_t kScaleGroup = 32;

/// E8M0 scales of inputs [offset, offset + width): [panel, width / 32] bytes.
Value WeightTiles::loadScaleBytes(Value firstOutput, Value offset, int64_t width, bool masked) const {
  int64_t groups = width / kScaleGroup;
  if (scales && type.getBlockRows() == 1) {
    Value group = k.div(offset, k.index(kScaleGroup));
    return k.load(scales, withExpert({firstOutput, group}), {panelWidth, groups}, masked);
  }
  Type byte = k.builder.getI8Type();
  if (type.getScaleType().isF32()) { // they are applied to sums of blocks
    auto ones = DenseElementsAttr::get(k.tileType({panelWidth, groups}, byte), int8_t(127));
    return arith::ConstantOp::create(k.builder, k.loc, ones);
  }
  Value block = k.div(offset, k.index(type.getBlockCols()));
  Value scale = scalesOfOutputs(firstOutput, [&](Value blockRow) {
    return k.splat(k.loadScalar(scales, withExpert({blockRow, block})), {panelWidth});
  });
  return k.broadcast(scale, {panelWidth, groups}, 1);
}

/// acc + W[firstOutput.., offset .. offset + width) b.
Value WeightTiles::addProducts(Value firstOutput, Value offset, int64_t width, bool masked, Value b,
                               Value acc) const {
  if (!type.isScaled())
    return k.dotFactors(k.load(memory, withExpert({firstOutput, offset}), {panelWidth, width}, masked), b,
                        acc);
  bool nibbles = isa<Float4E2M1FNType>(type.getElementType());
  Value column = nibbles ? k.div(offset, k.index(2)) : offset;
  Value bytes =
      k.load(memory, withExpert({firstOutput, column}), {panelWidth, nibbles ? width / 2 : width}, masked);
  return tile::ScaledDotOp::create(k.builder, k.loc, acc.getType(), bytes,
                                   loadScaleBytes(firstOutput, offset, width, masked), b, acc,
                                   nibbles ? tile::Format::e2m1 : tile::Format::e4m3);
}

Value WeightTiles::multiplyRows(Value panelIndex, int64_t rows, const Factor &input) const {
  int64_t size = type.getInputs(), columns = std::max(rows, kLeastColumns);
  int64_t depth = k.schedule.getDepth() * 8 / type.getElementType().getIntOrFloatBitWidth();
  bool scalesSums = type.isScaled() && type.getScaleType().isF32();
  if (type.isScaled() && type.getBlockRows() != 1)
    depth = std::min(depth, type.getBlockCols());
  Value firstOutput = k.mul(panelIndex, k.index(panelWidth));

  auto addTile = [&](Value acc, Value offset, int64_t width) -> Value {
    int64_t whole = type.isScaled() ? llvm::alignTo(width, kScaleGroup) : width;
    bool masked = whole != width;
    Value b;
    if (rows == 1) // the same row in every column; any of them is the result
      b = k.broadcast(loadInput(input, offset, {whole}, masked), {whole, columns}, 1);
    else
      b = k.transpose(loadInput(input, offset, {rows, whole}, masked));
    if (!scalesSums)
      return addProducts(firstOutput, offset, whole, masked, b, acc);
    Value products =
        addProducts(firstOutput, offset, whole, masked, b, k.constant(0.0, {panelWidth, columns}));
    Value block = k.div(offset, k.index(type.getBlockCols()));
    Value scale = scalesOfOutputs(firstOutput, [&](Value blockRow) {
      return k.splat(k.loadScalar(scales, withExpert({blockRow, block})), {panelWidth});
    });
    return k.fma(products, k.broadcast(scale, {panelWidth, columns}, 1), acc);
  };

  Value acc = k.constant(0.0, {panelWidth, columns});
  int64_t full = size / depth * depth;
  if (full > 0)
    acc = k.forLoop(k.index(0), k.index(full), k.index(depth), acc, [&](Value offset, ValueRange carried) {
      return SmallVector<Value>{addTile(carried[0], offset, depth)};
    })[0];
  if (full < size)
    acc = addTile(acc, k.index(full), size - full);
  if (rows == 1)
    return k.broadcast(k.reduce(tile::ReduceKind::max, acc), {1, panelWidth}, 0);
  return k.transpose(acc);
}

} // namespace mlir::v4

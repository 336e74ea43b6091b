#include "passes/ModelToTile/WeightTiles.h"

namespace mlir::v4 {

/// Inputs that a tile of weights holds: enough multiply-adds in a row to hide the loop, few enough to stay
/// unrolled.
static constexpr int64_t kDepth = 8;

static bool isNibbles(WeightType type) { return isa<Float4E2M1FNType>(type.getElementType()); }

/// Block-scaled by single outputs (E2M1), not by tiles of outputs (E4M3).
static bool scalesEachOutput(WeightType type) { return type.getBlockRows() == 1; }

MemRefType getWeightMemoryType(WeightOp weight) {
  WeightType type = weight.getType();
  Builder builder(weight.getContext());
  Type element = type.getElementType();
  if (element.isInteger(64))
    element = builder.getI32Type();
  else if (type.isScaled())
    element = builder.getI8Type();
  int64_t panel = weight.getLayout()->getPanel();
  if (weight.getLayout()->getKind() == WeightLayout::row_major)
    return MemRefType::get(type.getShape(), element);
  SmallVector<int64_t> shape;
  if (type.getShape().size() == 3)
    shape.push_back(type.getStack());
  int64_t inputs = isNibbles(type) ? llvm::divideCeil(type.getInputs(), 2) : type.getInputs();
  shape.append({static_cast<int64_t>(llvm::divideCeil(type.getOutputs(), panel)), inputs, panel});
  return MemRefType::get(shape, element);
}

MemRefType getScaleMemoryType(WeightOp weight) {
  WeightType type = weight.getType();
  if (!type.isScaled())
    return {};
  Builder builder(weight.getContext());
  Type element = type.getScaleType().isF32() ? Type(builder.getF32Type()) : Type(builder.getI8Type());
  int64_t panel = weight.getLayout()->getPanel();
  SmallVector<int64_t> shape = type.getScaleShape();
  if (scalesEachOutput(type))
    shape = {static_cast<int64_t>(llvm::divideCeil(type.getOutputs(), panel)), shape[1], panel};
  if (type.getShape().size() == 3)
    shape.insert(shape.begin(), type.getStack());
  return MemRefType::get(shape, element);
}

WeightTiles::WeightTiles(KernelBuilder &k, Value weight, Value expert)
    : k(k), type(cast<WeightType>(weight.getType())), memory(k.memory(weight)), scales(k.scaleMemory(weight)),
      expert(expert), panelWidth(weight.getDefiningOp<WeightOp>().getLayout()->getPanel()) {}

SmallVector<Value> WeightTiles::withExpert(ArrayRef<Value> offsets) const {
  SmallVector<Value> all;
  if (type.getShape().size() == 3)
    all.push_back(expert);
  all.append(offsets.begin(), offsets.end());
  return all;
}

Value WeightTiles::loadTile(Value panelIndex, Value offset, int64_t width) const {
  OpBuilder &b = k.builder;
  auto wide = k.f32Tile({width, panelWidth});
  if (isNibbles(type)) {
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
  if (scalesEachOutput(type)) {
    Value tile = k.load(scales, withExpert({panelIndex, block, k.index(0)}), {panelWidth});
    return k.broadcast(widen(tile, panelWidth), {rows, panelWidth}, 0);
  }
  int64_t blockRows = type.getBlockRows();
  auto scaleOf = [&](Value blockRow) -> Value {
    Value one = widen(k.load(scales, withExpert({blockRow, block}), {1}), 1);
    return k.splat(k.reduce(tile::ReduceKind::add, one), {panelWidth});
  };
  Value first = k.mul(panelIndex, k.index(panelWidth));
  Value firstBlock = k.div(first, k.index(blockRows));
  Value scale = scaleOf(firstBlock);
  if (blockRows % panelWidth != 0) {
    // The panel may reach into the next blocks of outputs; beyond the last one there are no outputs.
    Value lastBlock = k.index(type.getScaleShape()[0] - 1);
    for (int64_t next = 1; next <= static_cast<int64_t>(llvm::divideCeil(panelWidth - 1, blockRows));
         ++next) {
      Value nextBlock = k.add(firstBlock, k.index(next));
      Value border = k.sub(k.mul(nextBlock, k.index(blockRows)), first);
      Value before = arith::CmpIOp::create(b, k.loc, arith::CmpIPredicate::slt, k.iota(panelWidth),
                                           k.splat(k.toI32(border), {panelWidth}));
      Value present = arith::MinUIOp::create(b, k.loc, nextBlock, lastBlock);
      scale = arith::SelectOp::create(b, k.loc, before, scale, scaleOf(present));
    }
  }
  return k.broadcast(scale, {rows, panelWidth}, 0);
}

Value WeightTiles::chain(Value panelIndex, Value first, int64_t count, int64_t rows,
                         function_ref<Value(Value, int64_t)> input) const {
  Value acc = k.constant(0.0, {rows, panelWidth});
  int64_t full = count / kDepth * kDepth;
  if (full > 0) {
    acc = k.forLoop(k.index(0), k.index(full), k.index(kDepth), acc, [&](Value offset, ValueRange carried) {
      Value at = k.add(first, offset);
      return SmallVector<Value>{k.dot(input(at, kDepth), loadTile(panelIndex, at, kDepth), carried[0])};
    })[0];
  }
  if (full < count) {
    Value at = k.add(first, k.index(full));
    acc = k.dot(input(at, count - full), loadTile(panelIndex, at, count - full), acc);
  }
  return acc;
}

Value WeightTiles::multiply(Value panelIndex, int64_t rows, function_ref<Value(Value, int64_t)> input) const {
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

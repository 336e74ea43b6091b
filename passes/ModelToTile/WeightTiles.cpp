#include "passes/ModelToTile/WeightTiles.h"

namespace mlir::v4 {

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
  if (weight.getLayout()->getKind() == WeightLayout::rows) {
    shape.append({static_cast<int64_t>(llvm::alignTo(type.getOutputs(), panel)), inputs});
    return MemRefType::get(shape, element);
  }
  if (weight.getLayout()->getKind() == WeightLayout::panel_words) {
    unsigned bits = LayoutAttr::getWordBits(type.getElementType());
    inputs = type.getInputs() * type.getElementType().getIntOrFloatBitWidth() / bits;
    element = builder.getIntegerType(bits);
  }
  LayoutAttr layout = *weight.getLayout();
  shape.push_back(static_cast<int64_t>(llvm::divideCeil(type.getOutputs(), layout.getPanels())));
  if (layout.getStreams() > 1)
    shape.push_back(layout.getStreams());
  shape.append({inputs, panel});
  return MemRefType::get(shape, element);
}

MemRefType getScaleMemoryType(WeightOp weight) {
  WeightType type = weight.getType();
  if (!type.isScaled())
    return {};
  Builder builder(weight.getContext());
  Type element = type.getScaleType().isF32() ? Type(builder.getF32Type()) : Type(builder.getI8Type());
  int64_t panel = weight.getLayout()->getPanels();
  SmallVector<int64_t> shape = type.getScaleShape();
  if (scalesEachOutput(type) && weight.getLayout()->getKind() == WeightLayout::rows)
    shape[0] = llvm::alignTo(type.getOutputs(), panel);
  else if (scalesEachOutput(type))
    shape = {static_cast<int64_t>(llvm::divideCeil(type.getOutputs(), panel)), shape[1], panel};
  if (type.getShape().size() == 3)
    shape.insert(shape.begin(), type.getStack());
  return MemRefType::get(shape, element);
}

static bool takesDigits(Operation *op) {
  if (auto up = dyn_cast<ExpertUpOp>(op))
    return up.getDigits();
  auto down = dyn_cast<ExpertDownOp>(op);
  return down && down.getDigits();
}

WeightTiles::WeightTiles(KernelBuilder &k, Operation *op, Value weight, Value expert)
    : k(k), type(cast<WeightType>(weight.getType())), memory(k.memory(weight)), scales(k.scaleMemory(weight)),
      expert(expert), panelWidth(getProductTile(op, weight)),
      kind(weight.getDefiningOp<WeightOp>().getLayout()->getKind()),
      abreast(weight.getDefiningOp<WeightOp>().getLayout()->getStreams() > 1), digits(takesDigits(op)) {}

SmallVector<Value> WeightTiles::withExpert(ArrayRef<Value> offsets) const {
  SmallVector<Value> all;
  if (type.getShape().size() == 3)
    all.push_back(expert);
  all.append(offsets.begin(), offsets.end());
  return all;
}

SmallVector<Value> WeightTiles::inPanel(Value panelIndex, Value row, Value column) const {
  if (abreast)
    return withExpert({panelIndex, k.index(0), row, column});
  return withExpert({panelIndex, row, column});
}

Value WeightTiles::loadInput(const Factor &input, Value offset, ArrayRef<int64_t> shape, bool masked) const {
  SmallVector<Value> offsets(input.leading.begin(), input.leading.end());
  offsets.push_back(input.column ? k.add(input.column, offset) : offset);
  return k.loadFactor(input.memory, offsets, shape, masked);
}

Value WeightTiles::scalesOfOutputs(Value first, function_ref<Value(Value blockRow)> scaleOf) const {
  int64_t blockRows = type.getBlockRows();
  Value firstBlock = k.div(first, k.index(blockRows));
  Value scale = scaleOf(firstBlock);
  if (blockRows % panelWidth == 0)
    return scale;
  // The panel may reach into the next blocks of outputs; beyond the last one there are no outputs.
  Value lastBlock = k.index(type.getScaleShape()[0] - 1);
  for (int64_t next = 1; next <= static_cast<int64_t>(llvm::divideCeil(panelWidth - 1, blockRows)); ++next) {
    Value nextBlock = k.add(firstBlock, k.index(next));
    Value border = k.sub(k.mul(nextBlock, k.index(blockRows)), first);
    Value before = arith::CmpIOp::create(k.builder, k.loc, arith::CmpIPredicate::slt, k.iota(panelWidth),
                                         k.splat(k.toI32(border), {panelWidth}));
    Value present = arith::MinUIOp::create(k.builder, k.loc, nextBlock, lastBlock);
    scale = arith::SelectOp::create(k.builder, k.loc, before, scale, scaleOf(present));
  }
  return scale;
}

Value WeightTiles::multiply(Value panelIndex, int64_t rows, const Factor &input) const {
  if (digits)
    return multiplyDigits(panelIndex, input);
  assert((kind == WeightLayout::rows || rows == 1) && "rows of panels come one by one");
  return kind == WeightLayout::rows ? multiplyRows(panelIndex, rows, input)
                                    : multiplyPanel(panelIndex, input);
}

} // namespace mlir::v4

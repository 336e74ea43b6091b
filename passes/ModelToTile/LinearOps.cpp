// Products of rows with weight matrices: a program computes one panel of outputs for `rowTile` rows.
#include "passes/ModelToTile/KernelBuilder.h"

#include "passes/ModelToTile/WeightTiles.h"

namespace mlir::v4 {

void emitLinear(KernelBuilder &k, LinearOp op) {
  WeightTiles weight(k, op, op.getWeight());
  Value product = weight.multiply(k.tileIndex, k.rowTile, {k.memory(op.getInput()), {k.firstRow}});
  bool ragged = weight.outputs() % weight.panel() != 0;
  k.store(product, k.memory(op.getResult()), {k.firstRow, k.mul(k.tileIndex, k.index(weight.panel()))},
          ragged);
}

void emitGroupedLinear(KernelBuilder &k, GroupedLinearOp op) {
  WeightTiles weight(k, op, op.getWeight());
  auto type = cast<RankedTensorType>(op.getInput().getType());
  int64_t groups = type.getDimSize(1), inputs = type.getDimSize(2);
  // Panels divide a group's outputs, by the layout or by getProductTile.
  int64_t panelsOfGroup = weight.outputs() / groups / weight.panel();
  Value input = k.memory(op.getInput());
  k.forPanels(op, k.tileIndex, weight.panel(), [&](Value panel) {
    Value first = k.mul(k.div(panel, k.index(panelsOfGroup)), k.index(inputs));
    Value product = weight.multiply(panel, k.rowTile, {input, {k.firstRow}, first});
    k.store(product, k.memory(op.getResult()), {k.firstRow, k.mul(panel, k.index(weight.panel()))});
  });
}

void emitAdd(KernelBuilder &k, AddOp op) {
  // As wide as the kernel's other ops on these outputs, see getOutputTile.
  int64_t width = getOutputTile(op), size = rowElements(op.getResult());
  bool ragged = size % width != 0;
  SmallVector<Value> offsets = {k.firstRow, k.mul(k.tileIndex, k.index(width))};
  Value lhs = k.loadF32(k.memory(op.getLhs()), offsets, {k.rowTile, width}, ragged);
  Value rhs = k.loadF32(k.memory(op.getRhs()), offsets, {k.rowTile, width}, ragged);
  k.store(k.addf(lhs, rhs), k.memory(op.getResult()), offsets, ragged);
}

} // namespace mlir::v4

// Products of rows with weight matrices: a program computes one panel of outputs for up to `rowTile` rows.
#include "passes/ModelToTile/KernelBuilder.h"

#include "passes/ModelToTile/WeightTiles.h"

namespace mlir::v4 {

/// Products with panel `panel` of all the program's rows go to `result`, from `input` and its column `column`
/// on.
static void multiplyAll(KernelBuilder &k, const WeightTiles &weight, Value panel, Value input, Value column,
                        Value result, bool ragged) {
  Value output = k.mul(panel, k.index(weight.panel()));
  if (!k.takesManyRows()) {
    Value product = weight.multiply(panel, k.rowTile, {input, {k.firstRow}, column});
    return k.store(product, result, {k.firstRow, output}, ragged);
  }
  auto rowAt = [&](Value i) { return SmallVector<Value>{k.add(k.firstRow, i)}; };
  Value count = k.rowCount(), sums = weight.multiplyMany(panel, count, {input, rowAt, column});
  k.forEach(k.index(0), count, [&](Value i) {
    k.store(k.load(sums, {i, k.index(0)}, {1, weight.panel()}), result, {k.add(k.firstRow, i), output},
            ragged);
  });
}

void emitLinear(KernelBuilder &k, LinearOp op) {
  WeightTiles weight(k, op, op.getWeight());
  bool ragged = weight.outputs() % weight.panel() != 0;
  multiplyAll(k, weight, k.tileIndex, k.memory(op.getInput()), {}, k.memory(op.getResult()), ragged);
}

void emitGroupedLinear(KernelBuilder &k, GroupedLinearOp op) {
  WeightTiles weight(k, op, op.getWeight());
  auto type = cast<RankedTensorType>(op.getInput().getType());
  int64_t groups = type.getDimSize(1), inputs = type.getDimSize(2);
  // Panels divide a group's outputs, by the layout or by getProductTile.
  int64_t panelsOfGroup = weight.outputs() / groups / weight.panel();
  k.forPanels(op, k.tileIndex, weight.panel(), [&](Value panel) {
    Value first = k.mul(k.div(panel, k.index(panelsOfGroup)), k.index(inputs));
    multiplyAll(k, weight, panel, k.memory(op.getInput()), first, k.memory(op.getResult()), /*ragged=*/false);
  });
}

void emitAdd(KernelBuilder &k, AddOp op) {
  // As wide as the kernel's other ops on these outputs, see getOutputTile.
  int64_t width = getOutputTile(op), size = rowElements(op.getResult());
  bool ragged = size % width != 0;
  Value column = k.mul(k.tileIndex, k.index(width));
  auto addRows = [&](Value row, int64_t rows) {
    Value lhs = k.loadF32(k.memory(op.getLhs()), {row, column}, {rows, width}, ragged);
    Value rhs = k.loadF32(k.memory(op.getRhs()), {row, column}, {rows, width}, ragged);
    k.store(k.addf(lhs, rhs), k.memory(op.getResult()), {row, column}, ragged);
  };
  if (k.takesManyRows())
    k.forRows([&](Value row) { addRows(row, 1); });
  else
    addRows(k.firstRow, k.rowTile);
}

} // namespace mlir::v4

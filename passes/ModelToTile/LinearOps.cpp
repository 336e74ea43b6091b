// Products of rows with weight matrices: a program computes one panel of outputs for up to `rowTile` rows.
#include "passes/ModelToTile/KernelBuilder.h"

#include "passes/ModelToTile/WeightTiles.h"

namespace mlir::v4 {

/// Products with `panels` panels from `first` on (of few rows one) of all the program's rows go to `result`,
/// from `input` and its column `column` on.
static void multiplyAll(KernelBuilder &k, const WeightTiles &weight, Value first, int64_t panels, Value input,
                        Value column, Value result, bool ragged) {
  int64_t width = weight.panel();
  if (!k.takesManyRows()) {
    Value product = weight.multiply(first, k.rowTile, {input, {k.firstRow}, column});
    return k.store(product, result, {k.firstRow, k.mul(first, k.index(width))}, ragged);
  }
  SmallVector<WeightTiles::Panel> factors;
  for (int64_t i = 0; i < panels; ++i)
    factors.push_back({weight, k.add(first, k.index(i))});
  auto rowAt = [&](Value i) { return SmallVector<Value>{k.add(k.firstRow, i)}; };
  Value count = k.rowCount();
  SmallVector<Value> sums = WeightTiles::multiplyMany(factors, count, {input, rowAt, column});
  k.forEach(k.index(0), count, [&](Value i) {
    for (auto [factor, sum] : llvm::zip_equal(factors, sums))
      k.store(k.load(sum, {i, k.index(0)}, {1, width}), result,
              {k.add(k.firstRow, i), k.mul(factor.index, k.index(width))}, ragged);
  });
}

void emitLinear(KernelBuilder &k, LinearOp op) {
  WeightTiles weight(k, op, op.getWeight());
  bool ragged = weight.outputs() % weight.panel() != 0;
  int64_t panels = getOutputTile(op) / weight.panel();
  Value first = k.mul(k.tileIndex, k.index(panels));
  multiplyAll(k, weight, first, panels, k.memory(op.getInput()), {}, k.memory(op.getResult()), ragged);
}

void emitGroupedLinear(KernelBuilder &k, GroupedLinearOp op) {
  WeightTiles weight(k, op, op.getWeight());
  auto type = cast<RankedTensorType>(op.getInput().getType());
  int64_t groups = type.getDimSize(1), inputs = type.getDimSize(2);
  // Panels divide a group's outputs, by the layout or by getProductTile.
  int64_t panelsOfGroup = weight.outputs() / groups / weight.panel();
  auto multiply = [&](Value first, int64_t panels) {
    Value column = k.mul(k.div(first, k.index(panelsOfGroup)), k.index(inputs));
    multiplyAll(k, weight, first, panels, k.memory(op.getInput()), column, k.memory(op.getResult()),
                /*ragged=*/false);
  };
  int64_t panels = getOutputTile(op) / weight.panel();
  if (k.takesManyRows() && panelsOfGroup % panels == 0)
    return multiply(k.mul(k.tileIndex, k.index(panels)), panels);
  k.forPanels(op, k.tileIndex, weight.panel(), [&](Value panel) { multiply(panel, 1); });
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

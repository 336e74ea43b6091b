#include "dialects/V4/Reference/EvaluateOps.h"

namespace mlir::v4::reference {

Evaluated evaluate(EmbedOp op, const Frame &frame) {
  const Tensor &tokens = frame.tensor(op.getTokens()), &table = frame.tensor(op.getTable());
  if (Error error = checkIds(tokens, table.rows(), "token"))
    return error;
  return results(embed(tokens, table));
}

Evaluated evaluate(GatherRowsOp op, const Frame &frame) {
  const Tensor &input = frame.tensor(op.getInput()), &rows = frame.tensor(op.getRows());
  if (Error error = checkIds(rows, input.rows(), "row number"))
    return error;
  return results(gatherRows(input, rows));
}

Evaluated evaluate(LinearOp op, const Frame &frame) {
  return results(linear(frame.tensor(op.getInput()), frame.tensor(op.getWeight())));
}

Evaluated evaluate(GroupedLinearOp op, const Frame &frame) {
  return results(groupedLinear(frame.tensor(op.getInput()), frame.tensor(op.getWeight())));
}

Evaluated evaluate(ScaleOp op, const Frame &frame) {
  return results(scale(frame.tensor(op.getInput()), real(op.getFactor())));
}

Evaluated evaluate(AddOp op, const Frame &frame) {
  return results(add(frame.tensor(op.getLhs()), frame.tensor(op.getRhs())));
}

Evaluated evaluate(RmsNormOp op, const Frame &frame) {
  return results(rmsNorm(frame.tensor(op.getInput()), frame.tensor(op.getWeight()), real(op.getEps())));
}

Evaluated evaluate(HeadNormOp op, const Frame &frame) {
  return results(headNorm(frame.tensor(op.getInput()), real(op.getEps()), isBF16(op, "q_norm"),
                          op.getResult().getType().getElementType().isBF16()));
}

Evaluated evaluate(RopeTableOp op, const Frame &frame) {
  RopeTable table =
      ropeTable(frame.tensor(op.getPositions()), op.getRope().getFrequencies(), op.getOffset(), frame.angles);
  return results(std::move(table.cos), std::move(table.sin));
}

Evaluated evaluate(RopeOp op, const Frame &frame) {
  return results(rope(frame.tensor(op.getInput()), frame.tensor(op.getCos()), frame.tensor(op.getSin())));
}

Evaluated evaluate(FakeQuantiseOp op, const Frame &frame) {
  const Tensor &input = frame.tensor(op.getInput());
  std::vector<int64_t> shape = op.getResult().getType().getShape().vec();
  shape[0] = input.rows();
  int64_t first = op.getFirst() ? static_cast<int64_t>(*op.getFirst()) : shape.back();
  return results(fakeQuantise(input, std::move(shape), op.getFormat(), op.getBlock(), first));
}

Evaluated evaluate(HadamardOp op, const Frame &frame) {
  return results(hadamard(frame.tensor(op.getInput())));
}

} // namespace mlir::v4::reference

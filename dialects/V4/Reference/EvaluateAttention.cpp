#include "dialects/V4/Reference/EvaluateOps.h"

#include "llvm/Support/FormatVariadic.h"

namespace mlir::v4::reference {

namespace {

template <typename Op> AttentionOptions attentionOptions(Op op) {
  return {static_cast<int64_t>(op.getWindow()), real(op.getScale()), isBF16(op, "activations")};
}

Evaluated nothing(Error error) {
  if (error)
    return error;
  return Results();
}

} // namespace

Evaluated evaluate(IndexScoresOp op, const Frame &frame) {
  const Tensor &positions = frame.tensor(op.getPositions());
  int64_t columns = resultDim(op, 1), visible = 0;
  for (int64_t t = 0; t < positions.rows(); ++t)
    visible = std::max(visible, visibleEntries(positions.id(t), op.getRatio()));
  if (ShapedType::isDynamic(columns))
    columns = visible;
  if (visible > columns)
    return llvm::createStringError(llvm::formatv("scores {0} entries into {1} columns", visible, columns));
  return results(indexScores(frame.tensor(op.getQuery()), frame.tensor(op.getWeights()),
                             frame.state(op.getKeys()), frame.tensor(op.getSlots()), positions, op.getRatio(),
                             columns, isBF16(op, "index_score")));
}

Evaluated evaluate(IndexTopkOp op, const Frame &frame) {
  return results(indexTopk(frame.tensor(op.getScores()), frame.tensor(op.getPositions()), op.getRatio(),
                           resultDim(op, 1)));
}

Evaluated evaluate(WindowAttentionOp op, const Frame &frame) {
  return results(windowAttention(frame.tensor(op.getQuery()), frame.state(op.getRing()),
                                 frame.tensor(op.getSink()), frame.tensor(op.getSlots()),
                                 frame.tensor(op.getPositions()), attentionOptions(op)));
}

Evaluated evaluate(CsaAttentionOp op, const Frame &frame) {
  return results(csaAttention(frame.tensor(op.getQuery()), frame.state(op.getRing()),
                              frame.state(op.getEntries()), frame.tensor(op.getTopk()),
                              frame.tensor(op.getSink()), frame.tensor(op.getSlots()),
                              frame.tensor(op.getPositions()), attentionOptions(op)));
}

Evaluated evaluate(HcaAttentionOp op, const Frame &frame) {
  return results(hcaAttention(frame.tensor(op.getQuery()), frame.state(op.getRing()),
                              frame.state(op.getEntries()), frame.tensor(op.getSink()),
                              frame.tensor(op.getSlots()), frame.tensor(op.getPositions()), op.getRatio(),
                              attentionOptions(op)));
}

Evaluated evaluate(GroupHeadsOp op, const Frame &frame) {
  return results(groupHeads(frame.tensor(op.getInput()), frame.tensor(op.getCos()), frame.tensor(op.getSin()),
                            resultDim(op, 1)));
}

Evaluated evaluate(RingWriteOp op, const Frame &frame) {
  return nothing(ringWrite(frame.tensor(op.getInput()), frame.state(op.getRing()),
                           frame.tensor(op.getSlots()), frame.tensor(op.getPositions())));
}

Evaluated evaluate(EntryWriteOp op, const Frame &frame) {
  return nothing(entryWrite(frame.tensor(op.getInput()), frame.state(op.getEntries()),
                            frame.tensor(op.getSlots()), frame.tensor(op.getPositions()), op.getRatio()));
}

Evaluated evaluate(CompressOp op, const Frame &frame) {
  return results(compress(frame.state(op.getValues()), frame.state(op.getGates()), frame.tensor(op.getApe()),
                          frame.tensor(op.getSlots()), frame.tensor(op.getPositions()), op.getRatio(),
                          op.getOverlap(), isBF16(op, "compressor")));
}

} // namespace mlir::v4::reference

#include "dialects/V4/Reference/EvaluateOps.h"

namespace mlir::v4::reference {
namespace {

Evaluated results(Routing routing) {
  return results(std::move(routing.scores), std::move(routing.indices), std::move(routing.weights));
}

/// Options of an op that has all of an expert.
template <typename Op> ExpertOptions expertOptions(Op op) {
  ExpertOptions options;
  options.limit = real(op.getLimit());
  options.bf16 = isBF16(op, "activations");
  // Inputs of weights that a checkpoint stores unquantised are not quantised either.
  options.quantise = op.getNumerics().getOption("act_quant") == "fp8_128" && op.getW2().getType().isScaled();
  options.weightLast = op.getNumerics().getOption("expert_weight") == "post_w2";
  return options;
}

const Tensor *tensorOrNull(Value value, const Frame &frame) { return value ? &frame.tensor(value) : nullptr; }

} // namespace

Evaluated evaluate(RouteOp op, const Frame &frame) {
  return results(route(frame.tensor(op.getLogits()), frame.tensor(op.getBias()), op.getScoring(),
                       real(op.getScaling()), resultDim(op, 1, /*result=*/1)));
}

Evaluated evaluate(HashRouteOp op, const Frame &frame) {
  const Tensor &logits = frame.tensor(op.getLogits()), &tokens = frame.tensor(op.getTokens());
  const Tensor &table = frame.tensor(op.getTable());
  if (Error error = checkIds(tokens, table.rows(), "token"))
    return error;
  if (Error error = checkIds(table, logits.dim(1), "expert"))
    return error;
  return results(hashRoute(logits, tokens, table, op.getScoring(), real(op.getScaling())));
}

Evaluated evaluate(ExpertUpOp op, const Frame &frame) {
  const Tensor &indices = frame.tensor(op.getIndices()), &w1 = frame.tensor(op.getW1());
  if (Error error = checkIds(indices, w1.rows(), "expert"))
    return error;
  return results(expertUp(frame.tensor(op.getInput()), indices, tensorOrNull(op.getWeights(), frame), w1,
                          frame.tensor(op.getW3()), {real(op.getLimit()), isBF16(op, "activations")}));
}

Evaluated evaluate(ExpertDownOp op, const Frame &frame) {
  const Tensor &indices = frame.tensor(op.getIndices()), &w2 = frame.tensor(op.getW2());
  if (Error error = checkIds(indices, w2.rows(), "expert"))
    return error;
  ExpertOptions options;
  options.bf16 = isBF16(op, "activations");
  return results(
      expertDown(frame.tensor(op.getInput()), indices, tensorOrNull(op.getWeights(), frame), w2, options));
}

Evaluated evaluate(ExpertsOp op, const Frame &frame) {
  const Tensor &indices = frame.tensor(op.getIndices()), &w1 = frame.tensor(op.getW1());
  if (Error error = checkIds(indices, w1.rows(), "expert"))
    return error;
  return results(experts(frame.tensor(op.getInput()), indices, frame.tensor(op.getWeights()), w1,
                         frame.tensor(op.getW3()), frame.tensor(op.getW2()), expertOptions(op)));
}

Evaluated evaluate(SharedUpOp op, const Frame &frame) {
  return results(sharedUp(frame.tensor(op.getInput()), frame.tensor(op.getW1()), frame.tensor(op.getW3()),
                          {real(op.getLimit()), isBF16(op, "activations")}));
}

Evaluated evaluate(SharedExpertOp op, const Frame &frame) {
  return results(sharedExpert(frame.tensor(op.getInput()), frame.tensor(op.getW1()), frame.tensor(op.getW3()),
                              frame.tensor(op.getW2()), expertOptions(op)));
}

} // namespace mlir::v4::reference

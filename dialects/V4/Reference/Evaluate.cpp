#include "dialects/V4/Reference/Evaluate.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

namespace mlir::v4::reference {
namespace {

using Results = SmallVector<Tensor>;
using Evaluated = Expected<Results>;

template <typename... Tensors> Results results(Tensors &&...tensors) {
  Results list;
  (list.push_back(std::forward<Tensors>(tensors)), ...);
  return list;
}

Evaluated results(Expected<Tensor> tensor) {
  if (!tensor)
    return tensor.takeError();
  return results(std::move(*tensor));
}

Evaluated nothing(Error error) {
  if (error)
    return error;
  return Results();
}

Evaluated results(Routing routing) {
  return results(std::move(routing.scores), std::move(routing.indices), std::move(routing.weights));
}

double real(const APFloat &value) { return value.convertToDouble(); }

/// The extent of the result's dimension `index`, which the op takes from its type.
int64_t resultDim(Operation *op, int64_t index, unsigned result = 0) {
  return cast<RankedTensorType>(op->getResult(result).getType()).getDimSize(index);
}

Error checkIds(const Tensor &ids, int64_t limit, StringRef what) {
  for (int64_t i = 0; i < ids.size(); ++i)
    if (ids.data[i] < 0 || ids.data[i] >= static_cast<double>(limit))
      return llvm::createStringError(llvm::formatv("{0} {1} of row {2} is not in [0, {3})", what, ids.id(i),
                                                   i / std::max<int64_t>(ids.width(), 1), limit));
  return Error::success();
}

// Embedding, linear maps, norms, rotary position.

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
  return results(headNorm(frame.tensor(op.getInput()), real(op.getEps())));
}

Evaluated evaluate(RopeTableOp op, const Frame &frame) {
  RopeTable table =
      ropeTable(frame.tensor(op.getPositions()), op.getRope().getFrequencies(), op.getOffset(), frame.angles);
  return results(std::move(table.cos), std::move(table.sin));
}

Evaluated evaluate(RopeOp op, const Frame &frame) {
  return results(rope(frame.tensor(op.getInput()), frame.tensor(op.getCos()), frame.tensor(op.getSin())));
}

// Hyper-connections.

Evaluated evaluate(HcExpandOp op, const Frame &frame) {
  return results(hcExpand(frame.tensor(op.getInput()), resultDim(op, 1)));
}

Evaluated evaluate(HcPreOp op, const Frame &frame) {
  HcMapping mapping =
      hcPre(frame.tensor(op.getStreams()), frame.tensor(op.getFn()), frame.tensor(op.getBase()),
            frame.tensor(op.getScale()), op.getIters(), real(op.getEps()), real(op.getNormEps()));
  return results(std::move(mapping.collapsed), std::move(mapping.pre), std::move(mapping.post),
                 std::move(mapping.comb));
}

Evaluated evaluate(HcPostOp op, const Frame &frame) {
  return results(hcPost(frame.tensor(op.getOutput()), frame.tensor(op.getStreams()),
                        frame.tensor(op.getPost()), frame.tensor(op.getComb())));
}

Evaluated evaluate(HcHeadOp op, const Frame &frame) {
  return results(hcHead(frame.tensor(op.getStreams()), frame.tensor(op.getFn()), frame.tensor(op.getBase()),
                        frame.tensor(op.getScale()), real(op.getEps()), real(op.getNormEps())));
}

// Indexer and attention.

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
                             columns));
}

Evaluated evaluate(IndexTopkOp op, const Frame &frame) {
  return results(indexTopk(frame.tensor(op.getScores()), frame.tensor(op.getPositions()), op.getRatio(),
                           resultDim(op, 1)));
}

Evaluated evaluate(WindowAttentionOp op, const Frame &frame) {
  return results(windowAttention(frame.tensor(op.getQuery()), frame.state(op.getRing()),
                                 frame.tensor(op.getSink()), frame.tensor(op.getSlots()),
                                 frame.tensor(op.getPositions()), op.getWindow(), real(op.getScale())));
}

Evaluated evaluate(CsaAttentionOp op, const Frame &frame) {
  return results(csaAttention(frame.tensor(op.getQuery()), frame.state(op.getRing()),
                              frame.state(op.getEntries()), frame.tensor(op.getTopk()),
                              frame.tensor(op.getSink()), frame.tensor(op.getSlots()),
                              frame.tensor(op.getPositions()), op.getWindow(), real(op.getScale())));
}

Evaluated evaluate(HcaAttentionOp op, const Frame &frame) {
  return results(hcaAttention(frame.tensor(op.getQuery()), frame.state(op.getRing()),
                              frame.state(op.getEntries()), frame.tensor(op.getSink()),
                              frame.tensor(op.getSlots()), frame.tensor(op.getPositions()), op.getRatio(),
                              op.getWindow(), real(op.getScale())));
}

Evaluated evaluate(GroupHeadsOp op, const Frame &frame) {
  return results(groupHeads(frame.tensor(op.getInput()), frame.tensor(op.getCos()), frame.tensor(op.getSin()),
                            resultDim(op, 1)));
}

// Sequence state.

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
                          op.getOverlap()));
}

// Routing and experts.

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
  return results(expertUp(frame.tensor(op.getInput()), indices, frame.tensor(op.getWeights()), w1,
                          frame.tensor(op.getW3()), real(op.getLimit())));
}

Evaluated evaluate(ExpertDownOp op, const Frame &frame) {
  const Tensor &indices = frame.tensor(op.getIndices()), &w2 = frame.tensor(op.getW2());
  if (Error error = checkIds(indices, w2.rows(), "expert"))
    return error;
  return results(expertDown(frame.tensor(op.getInput()), indices, w2));
}

Evaluated evaluate(ExpertsOp op, const Frame &frame) {
  const Tensor &indices = frame.tensor(op.getIndices()), &w1 = frame.tensor(op.getW1());
  if (Error error = checkIds(indices, w1.rows(), "expert"))
    return error;
  return results(experts(frame.tensor(op.getInput()), indices, frame.tensor(op.getWeights()), w1,
                         frame.tensor(op.getW3()), frame.tensor(op.getW2()), real(op.getLimit())));
}

Evaluated evaluate(SharedUpOp op, const Frame &frame) {
  return results(sharedUp(frame.tensor(op.getInput()), frame.tensor(op.getW1()), frame.tensor(op.getW3()),
                          real(op.getLimit())));
}

Evaluated evaluate(SharedExpertOp op, const Frame &frame) {
  return results(sharedExpert(frame.tensor(op.getInput()), frame.tensor(op.getW1()), frame.tensor(op.getW3()),
                              frame.tensor(op.getW2()), real(op.getLimit())));
}

// What every op's operands must be like.

/// Options that round something at run time, and the value without the rounding. The others change nothing in
/// exact arithmetic.
Error checkNumerics(NumericsAttr numerics) {
  static constexpr std::pair<StringLiteral, StringLiteral> unrounded[] = {
      {"act_quant", "none"},  {"kv_quant", "none"}, {"indexer", "bf16"},
      {"index_score", "f32"}, {"wo_a", "bf16"},     {"compressor", "f32"},
      {"router", "f32"},      {"q_norm", "f32"},    {"activations", "f32"}};
  for (auto [name, value] : unrounded)
    if (numerics.getOption(name) != value)
      return llvm::createStringError(
          llvm::formatv("asks for {0} = {1}, and the reference executor has {0} = {2} only", name,
                        numerics.getOption(name), value));
  return Error::success();
}

template <typename Op> using HasNumerics = decltype(std::declval<Op &>().getNumerics());
template <typename Op> using HasPositions = decltype(std::declval<Op &>().getPositions());

/// One row of every operand a row of the step; `v4.gather_rows` is there to change their number.
Error checkRows(Operation *op, const Frame &frame) {
  if (isa<GatherRowsOp>(op))
    return Error::success();
  const Tensor *first = nullptr;
  for (Value operand : op->getOperands()) {
    if (!isa<RankedTensorType>(operand.getType()))
      continue;
    const Tensor &tensor = frame.tensor(operand);
    if (first && first->rows() != tensor.rows())
      return llvm::createStringError(
          llvm::formatv("has operands of {0} and of {1} rows", first->rows(), tensor.rows()));
    first = &tensor;
  }
  return Error::success();
}

template <typename Op> Evaluated checkAndEvaluate(Op op, const Frame &frame) {
  if (Error error = checkRows(op, frame))
    return error;
  if constexpr (llvm::is_detected<HasNumerics, Op>::value)
    if (Error error = checkNumerics(op.getNumerics()))
      return error;
  if constexpr (llvm::is_detected<HasPositions, Op>::value)
    if (Error error = checkIds(frame.tensor(op.getPositions()), int64_t(1) << 31, "position"))
      return error;
  return evaluate(op, frame);
}

} // namespace

Expected<SmallVector<Tensor>> evaluate(Operation *op, const Frame &frame) {
  return TypeSwitch<Operation *, Evaluated>(op)
      .Case<EmbedOp, GatherRowsOp, LinearOp, GroupedLinearOp, ScaleOp, AddOp, RmsNormOp, HeadNormOp,
            RopeTableOp, RopeOp, HcExpandOp, HcPreOp, HcPostOp, HcHeadOp, IndexScoresOp, IndexTopkOp,
            WindowAttentionOp, CsaAttentionOp, HcaAttentionOp, GroupHeadsOp, RingWriteOp, EntryWriteOp,
            CompressOp, RouteOp, HashRouteOp, ExpertsOp, ExpertUpOp, ExpertDownOp, SharedExpertOp,
            SharedUpOp>([&](auto concrete) { return checkAndEvaluate(concrete, frame); })
      .Default([](Operation *) -> Evaluated {
        return llvm::createStringError("is not an op that the reference executor knows");
      });
}

} // namespace mlir::v4::reference

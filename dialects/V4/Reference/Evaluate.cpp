#include "dialects/V4/Reference/EvaluateOps.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

namespace mlir::v4::reference {
namespace {

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
  if constexpr (llvm::is_detected<HasPositions, Op>::value)
    if (Error error = checkIds(frame.tensor(op.getPositions()), int64_t(1) << 31, "position"))
      return error;
  return evaluate(op, frame);
}

} // namespace

Error checkIds(const Tensor &ids, int64_t limit, StringRef what) {
  for (int64_t i = 0; i < ids.size(); ++i)
    if (ids.data[i] < 0 || ids.data[i] >= static_cast<double>(limit))
      return llvm::createStringError(llvm::formatv("{0} {1} of row {2} is not in [0, {3})", what, ids.id(i),
                                                   i / std::max<int64_t>(ids.width(), 1), limit));
  return Error::success();
}

Expected<SmallVector<Tensor>> evaluate(Operation *op, const Frame &frame) {
  return TypeSwitch<Operation *, Evaluated>(op)
      .Case<EmbedOp, GatherRowsOp, LinearOp, GroupedLinearOp, ScaleOp, AddOp, RmsNormOp, HeadNormOp,
            RopeTableOp, RopeOp, HcExpandOp, HcPreOp, HcPostOp, HcHeadOp, IndexScoresOp, IndexTopkOp,
            WindowAttentionOp, CsaAttentionOp, HcaAttentionOp, GroupHeadsOp, RingWriteOp, EntryWriteOp,
            CompressOp, RouteOp, HashRouteOp, ExpertsOp, ExpertUpOp, ExpertDownOp, SharedExpertOp, SharedUpOp,
            FakeQuantiseOp, HadamardOp>([&](auto concrete) { return checkAndEvaluate(concrete, frame); })
      .Default([](Operation *) -> Evaluated {
        return llvm::createStringError("is not an op that the reference executor knows");
      });
}

} // namespace mlir::v4::reference

// The executor's side of each op: takes values and attributes, calls the function of Ops.h.
#pragma once

#include "dialects/V4/Reference/Evaluate.h"

namespace mlir::v4::reference {

using Results = SmallVector<Tensor>;
using Evaluated = Expected<Results>;

template <typename... Tensors> Results results(Tensors &&...tensors) {
  Results list;
  (list.push_back(std::forward<Tensors>(tensors)), ...);
  return list;
}

inline Evaluated results(Expected<Tensor> tensor) {
  if (!tensor)
    return tensor.takeError();
  return results(std::move(*tensor));
}

inline double real(const APFloat &value) { return value.convertToDouble(); }

/// Whether the op's numerics have this option = bf16.
template <typename Op> bool isBF16(Op op, StringRef option) {
  return op.getNumerics().getOption(option) == "bf16";
}

/// The extent of the result's dimension `index`, which the op takes from its type.
inline int64_t resultDim(Operation *op, int64_t index, unsigned result = 0) {
  return cast<RankedTensorType>(op->getResult(result).getType()).getDimSize(index);
}

/// Fails if an id is not in [0, limit).
Error checkIds(const Tensor &ids, int64_t limit, StringRef what);

Evaluated evaluate(EmbedOp op, const Frame &frame);
Evaluated evaluate(GatherRowsOp op, const Frame &frame);
Evaluated evaluate(LinearOp op, const Frame &frame);
Evaluated evaluate(GroupedLinearOp op, const Frame &frame);
Evaluated evaluate(ScaleOp op, const Frame &frame);
Evaluated evaluate(AddOp op, const Frame &frame);
Evaluated evaluate(RmsNormOp op, const Frame &frame);
Evaluated evaluate(HeadNormOp op, const Frame &frame);
Evaluated evaluate(RopeTableOp op, const Frame &frame);
Evaluated evaluate(RopeOp op, const Frame &frame);
Evaluated evaluate(HcExpandOp op, const Frame &frame);
Evaluated evaluate(HcPreOp op, const Frame &frame);
Evaluated evaluate(HcPostOp op, const Frame &frame);
Evaluated evaluate(HcHeadOp op, const Frame &frame);
Evaluated evaluate(IndexScoresOp op, const Frame &frame);
Evaluated evaluate(IndexTopkOp op, const Frame &frame);
Evaluated evaluate(WindowAttentionOp op, const Frame &frame);
Evaluated evaluate(CsaAttentionOp op, const Frame &frame);
Evaluated evaluate(HcaAttentionOp op, const Frame &frame);
Evaluated evaluate(GroupHeadsOp op, const Frame &frame);
Evaluated evaluate(RingWriteOp op, const Frame &frame);
Evaluated evaluate(EntryWriteOp op, const Frame &frame);
Evaluated evaluate(CompressOp op, const Frame &frame);
Evaluated evaluate(RouteOp op, const Frame &frame);
Evaluated evaluate(HashRouteOp op, const Frame &frame);
Evaluated evaluate(ExpertUpOp op, const Frame &frame);
Evaluated evaluate(ExpertDownOp op, const Frame &frame);
Evaluated evaluate(ExpertsOp op, const Frame &frame);
Evaluated evaluate(SharedUpOp op, const Frame &frame);
Evaluated evaluate(SharedExpertOp op, const Frame &frame);
Evaluated evaluate(FakeQuantiseOp op, const Frame &frame);
Evaluated evaluate(HadamardOp op, const Frame &frame);

} // namespace mlir::v4::reference

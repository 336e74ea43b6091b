// How output kernels cut an op's outputs into programs.
#include "passes/ModelToTile/WeightTiles.h"

namespace mlir::v4 {

static int64_t getPanel(Value weight) { return weight.getDefiningOp<WeightOp>().getLayout()->getPanel(); }

static int64_t countPanels(Value weight) {
  return llvm::divideCeil(cast<WeightType>(weight.getType()).getOutputs(), getPanel(weight));
}

/// What a program computes if a kernel quantises what it made: a block.
static std::optional<int64_t> getQuantisedBlock(Operation *op) {
  for (Operation *user : op->getUsers())
    if (auto quantise = dyn_cast<FakeQuantiseOp>(user); quantise && user->getBlock() == op->getBlock())
      return quantise.getBlock();
  return {};
}

int64_t getOutputTile(Operation *op) {
  if (auto quantise = dyn_cast<FakeQuantiseOp>(op))
    return quantise.getBlock();
  if (isa<GroupedLinearOp, ExpertUpOp>(op))
    if (std::optional<int64_t> block = getQuantisedBlock(op))
      return *block;
  if (auto linear = dyn_cast<LinearOp>(op))
    return getPanel(linear.getWeight());
  if (auto grouped = dyn_cast<GroupedLinearOp>(op))
    return getPanel(grouped.getWeight());
  if (auto up = dyn_cast<ExpertUpOp>(op))
    return getPanel(up.getW1());
  if (auto down = dyn_cast<ExpertDownOp>(op))
    return getPanel(down.getW2());
  if (auto shared = dyn_cast<SharedUpOp>(op))
    return getPanel(shared.getW1());
  // An elementwise op goes along with the op of its kernel that makes its operand.
  for (Value operand : op->getOperands())
    if (Operation *producer = operand.getDefiningOp();
        producer && producer->getBlock() == op->getBlock() && isa<ComputeOpInterface>(producer))
      return getOutputTile(producer);
  return kLanes;
}

int64_t getOutputTiles(Operation *op) {
  if (auto up = dyn_cast<ExpertUpOp>(op))
    return cast<RankedTensorType>(up.getIndices().getType()).getDimSize(1) *
           llvm::divideCeil(cast<WeightType>(up.getW1().getType()).getOutputs(), getOutputTile(op));
  if (auto shared = dyn_cast<SharedUpOp>(op))
    return countPanels(shared.getW1());
  return llvm::divideCeil(rowElements(op->getResult(0)), getOutputTile(op));
}

} // namespace mlir::v4

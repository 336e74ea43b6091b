// How output kernels cut an op's outputs into programs.
#include "passes/ModelToTile/WeightTiles.h"

namespace mlir::v4 {

/// What a program computes if a kernel quantises what it made: a block.
static std::optional<int64_t> getQuantisedBlock(Operation *op) {
  for (Operation *user : op->getUsers())
    if (auto quantise = dyn_cast<FakeQuantiseOp>(user); quantise && user->getBlock() == op->getBlock())
      return quantise.getBlock();
  return {};
}

int64_t getProductTile(Operation *op, Value weight) {
  LayoutAttr layout = *weight.getDefiningOp<WeightOp>().getLayout();
  if (layout.hasPanels())
    return layout.getPanels();
  int64_t tile = op->getParentOfType<KernelOp>().getSchedule()->getOutputs();
  auto fitInto = [&tile](int64_t size) {
    while (size % tile != 0)
      tile /= 2;
  };
  if (auto grouped = dyn_cast<GroupedLinearOp>(op))
    fitInto(cast<WeightType>(weight.getType()).getOutputs() /
            cast<RankedTensorType>(grouped.getInput().getType()).getDimSize(1));
  if (isa<GroupedLinearOp, ExpertUpOp>(op))
    if (std::optional<int64_t> block = getQuantisedBlock(op))
      fitInto(*block);
  return tile;
}

/// Panels of a product of many rows that share copies of the rows. Two are enough, and where there are few of
/// them every thread wants some.
static int64_t getPanelsTogether(LinearOp op) {
  constexpr int64_t kMany = 64;
  LayoutAttr layout = *op.getWeight().getDefiningOp<WeightOp>().getLayout();
  if (op->getParentOfType<KernelOp>().getRowTile().value_or(1) == 1 || !layout.hasPanels())
    return 1;
  int64_t panels = llvm::divideCeil(rowElements(op.getResult()), layout.getPanels());
  return panels >= kMany && panels % 2 == 0 ? 2 : 1;
}

int64_t getOutputTile(Operation *op) {
  if (auto quantise = dyn_cast<FakeQuantiseOp>(op))
    return quantise.getBlock();
  if (isa<GroupedLinearOp, ExpertUpOp>(op))
    if (std::optional<int64_t> block = getQuantisedBlock(op))
      return *block;
  if (auto linear = dyn_cast<LinearOp>(op))
    return getProductTile(op, linear.getWeight()) * getPanelsTogether(linear);
  if (auto grouped = dyn_cast<GroupedLinearOp>(op))
    return getProductTile(op, grouped.getWeight());
  if (auto up = dyn_cast<ExpertUpOp>(op))
    return getProductTile(op, up.getW1());
  if (auto down = dyn_cast<ExpertDownOp>(op))
    return getProductTile(op, down.getW2());
  if (auto shared = dyn_cast<SharedUpOp>(op))
    return getProductTile(op, shared.getW1());
  // An elementwise op goes along with the op of its kernel that makes its operand.
  for (Value operand : op->getOperands())
    if (Operation *producer = operand.getDefiningOp();
        producer && producer->getBlock() == op->getBlock() && isa<ComputeOpInterface>(producer))
      return getOutputTile(producer);
  return op->getParentOfType<KernelOp>().getSchedule()->getLanes();
}

/// Whether the programs of `up` are of an expert, not of a row's choice.
static bool goesByExpert(ExpertUpOp up) {
  return up->getParentOfType<KernelOp>().getRowTile().value_or(1) > 1 &&
         up.getW1().getDefiningOp<WeightOp>().getLayout()->hasPanels();
}

int64_t getOutputTiles(Operation *op) {
  if (auto up = dyn_cast<ExpertUpOp>(op)) {
    auto type = cast<WeightType>(up.getW1().getType());
    int64_t each = goesByExpert(up) ? type.getStack() : up.getIndices().getType().getDimSize(1);
    return each * llvm::divideCeil(type.getOutputs(), getOutputTile(op));
  }
  if (auto quantise = dyn_cast<FakeQuantiseOp>(op))
    if (auto up = quantise.getInput().getDefiningOp<ExpertUpOp>(); up && up->getBlock() == op->getBlock())
      return getOutputTiles(up);
  if (auto shared = dyn_cast<SharedUpOp>(op))
    return llvm::divideCeil(cast<WeightType>(shared.getW1().getType()).getOutputs(), getOutputTile(op));
  auto post = dyn_cast<HcPostOp>(op);
  Value outputs = post ? Value(post.getOutput()) : op->getResult(0);
  return llvm::divideCeil(rowElements(outputs), getOutputTile(op));
}

} // namespace mlir::v4

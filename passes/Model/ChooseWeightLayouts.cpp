// Decides the order in which every weight is packed, from how kernels stream it.
#include "passes/Passes.h"

#include "dialects/V4/IR/V4Dialect.h"
#include "passes/Schedule/ScheduleTable.h"

namespace mlir::v4 {
#define GEN_PASS_DEF_CHOOSEWEIGHTLAYOUTS
#include "passes/Passes.h.inc"

namespace {

constexpr int64_t kMaxPanel = 64;
/// Tiles of outputs divide it.
constexpr int64_t kRowsMultiple = 128;

/// Whether `use` multiplies rows by the weight, as opposed to reading elements or rows of it.
bool isMatrixUse(OpOperand &use) {
  Operation *op = use.getOwner();
  if (isa<LinearOp, GroupedLinearOp, ExpertUpOp, ExpertDownOp, SharedUpOp>(op))
    return true;
  if (auto pre = dyn_cast<HcPreOp>(op))
    return use.get() == pre.getFn();
  if (auto head = dyn_cast<HcHeadOp>(op))
    return use.get() == head.getFn();
  return false;
}

/// Outputs of a panel: at most 64, which are four AVX-512 registers of float32 sums. A few are four panels,
/// for as many threads: of a decode step's hyper-connection each has tens of thousands of inputs.
int64_t choosePanel(WeightOp op) {
  int64_t outputs = op.getType().getOutputs();
  for (OpOperand &use : op->getUses()) {
    auto grouped = dyn_cast<GroupedLinearOp>(use.getOwner());
    if (!grouped)
      continue;
    // A panel stays inside a group, whose inputs are its own.
    int64_t ofGroup = outputs / cast<RankedTensorType>(grouped.getInput().getType()).getDimSize(1);
    int64_t panel = std::min<int64_t>(ofGroup, kMaxPanel);
    while (ofGroup % panel != 0)
      --panel;
    return panel;
  }
  if (outputs <= 16)
    return 16;
  return outputs <= 32 ? llvm::alignTo(outputs, 8) / 4 : kMaxPanel;
}

/// Words where they come out even: a register of them holds several inputs of as many outputs.
WeightLayout choosePanelKind(WeightType type) {
  unsigned word = LayoutAttr::getWordBits(type.getElementType());
  if (word == 0)
    return WeightLayout::panel;
  int64_t numbers = word / type.getElementType().getIntOrFloatBitWidth();
  bool even = type.getInputs() % numbers == 0 && (!type.isScaled() || type.getBlockCols() % numbers == 0);
  return even ? WeightLayout::panel_words : WeightLayout::panel;
}

/// Panels of a line of words, as many as make a large panel: a program reads a line of each in turn.
LayoutAttr choosePanels(WeightOp op) {
  constexpr int64_t kLineBits = 512;
  WeightLayout kind = choosePanelKind(op.getType());
  int64_t panel = choosePanel(op), streams = 1;
  if (kind == WeightLayout::panel_words && panel == kMaxPanel && op.getType().getOutputs() % kMaxPanel == 0) {
    panel = kLineBits / LayoutAttr::getWordBits(op.getType().getElementType());
    streams = kMaxPanel / panel;
  }
  return LayoutAttr::get(op.getContext(), kind, panel, streams);
}

struct ChooseWeightLayouts final : impl::ChooseWeightLayoutsBase<ChooseWeightLayouts> {
  using Base::Base;

  void runOnOperation() override {
    const TargetFacts *target = getTarget(getOperation());
    if (!target) {
      getOperation().emitError("is for ") << getOperation()->getAttr("v4.target") << ", which is no target";
      return signalPassFailure();
    }
    WalkResult result = getOperation()->walk([&](WeightOp op) {
      bool matrix = llvm::any_of(op->getUses(), isMatrixUse);
      if (matrix && !llvm::all_of(op->getUses(), isMatrixUse)) {
        op.emitOpError("is read as a table and multiplied as a matrix, which need two layouts");
        return WalkResult::interrupt();
      }
      LayoutAttr layout = LayoutAttr::get(&getContext(), WeightLayout::row_major, 0);
      if (matrix && target->isGpu())
        layout = LayoutAttr::get(&getContext(), target->weights, kRowsMultiple);
      else if (matrix)
        layout = choosePanels(op);
      op.setLayoutAttr(layout);
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};

} // namespace
} // namespace mlir::v4

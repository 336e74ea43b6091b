#include "passes/Plan/Cost.h"

#include "dialects/V4/IR/V4Dialect.h"

namespace mlir::v4 {

/// Experts a token goes to: the width of the launch's [T, k] numbers.
static int64_t getChosenExperts(rt::LaunchOp op) {
  for (Type type : llvm::concat<const Type>(SmallVector<Type>(op.getOperandTypes()),
                                            SmallVector<Type>(op.getResultTypes())))
    if (auto tensor = dyn_cast<RankedTensorType>(type);
        tensor && tensor.getRank() == 2 && tensor.getElementType().isInteger(32))
      return tensor.getDimSize(1);
  return 1;
}

static int64_t getBits(Type type) { return type.isInteger(64) ? 32 : type.getIntOrFloatBitWidth(); }

Cost estimateCost(rt::LaunchOp op) {
  Cost cost;
  for (Value operand : op.getOperands()) {
    auto weight = operand.getDefiningOp<WeightOp>();
    if (!weight)
      continue;
    WeightType type = weight.getResult().getType();
    LayoutAttr layout = weight.getLayoutAttr();
    bool product = layout && layout.getKind() != WeightLayout::row_major;
    int64_t matrices = type.getStack() > 1 ? std::min(getChosenExperts(op), type.getStack()) : 1;
    // A matrix that is not multiplied is a table, of which a token reads one row.
    int64_t outputs = product || type.getShape().size() == 1 ? type.getOutputs() : 1;
    int64_t elements = matrices * outputs * type.getInputs();
    cost.bytesRead += elements * getBits(type.getElementType()) / 8;
    if (type.isScaled()) {
      SmallVector<int64_t> scales = type.getScaleShape();
      cost.bytesRead += matrices * scales[0] * scales[1] * getBits(type.getScaleType()) / 8;
    }
    if (product)
      cost.flops += 2 * elements;
  }
  return cost;
}

} // namespace mlir::v4

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

/// Bytes of a row; 0 of what is no tensor.
static int64_t getRowBytes(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type)
    return 0;
  int64_t elements = 1;
  for (int64_t size : type.getShape().drop_front())
    elements *= size;
  return elements * getBits(type.getElementType()) / 8;
}

rt::CostAttr estimateCost(rt::LaunchOp op) {
  int64_t weights = 0, flops = 0, read = 0, written = 0;
  for (Value operand : op.getOperands()) {
    read += getRowBytes(operand);
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
    weights += elements * getBits(type.getElementType()) / 8;
    if (type.isScaled()) {
      SmallVector<int64_t> scales = type.getScaleShape();
      weights += matrices * scales[0] * scales[1] * getBits(type.getScaleType()) / 8;
    }
    if (product)
      flops += 2 * elements;
  }
  for (Value result : op.getResults())
    written += getRowBytes(result);
  rt::CostAttr states = op.getCostAttr();
  if (!states)
    return rt::CostAttr::get(op.getContext(), weights, read, written, 0, 0, flops, 0);
  return rt::CostAttr::get(op.getContext(), weights, read, written + states.getWritten(), states.getState(),
                           states.getStatePer_1024(), flops + states.getFlops(), states.getFlopsPer_1024());
}

} // namespace mlir::v4

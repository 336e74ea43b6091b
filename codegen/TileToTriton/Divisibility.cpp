#include "codegen/TileToTriton/TritonPatterns.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

#include <numeric>

namespace mlir::v4 {

// Larger ones are of no use, and products of them would overflow.
static constexpr int64_t kLargest = int64_t(1) << 20;

// A number that divides `value` whatever it is.
static int64_t divisorOf(Value value) {
  if (std::optional<int64_t> constant = getConstantIntValue(value))
    return *constant == 0 ? kLargest : std::gcd(*constant, kLargest);
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
    if (!loop || argument != loop.getInductionVar())
      return 1;
    return std::gcd(divisorOf(loop.getLowerBound()), divisorOf(loop.getStep()));
  }
  Operation *op = value.getDefiningOp();
  if (isa<arith::AddIOp, arith::SubIOp>(op))
    return std::gcd(divisorOf(op->getOperand(0)), divisorOf(op->getOperand(1)));
  if (isa<arith::MulIOp>(op))
    return std::min(divisorOf(op->getOperand(0)) * divisorOf(op->getOperand(1)), kLargest);
  if (isa<arith::DivUIOp, arith::DivSIOp>(op)) {
    std::optional<int64_t> by = getConstantIntValue(op->getOperand(1));
    int64_t divisor = divisorOf(op->getOperand(0));
    return by && *by > 0 && divisor % *by == 0 ? divisor / *by : 1;
  }
  return 1;
}

void markDivisibility(tile::KernelOp kernel) {
  kernel.walk([](Operation *op) {
    if (!isa<arith::DivUIOp, arith::DivSIOp>(op) || !op->getResult(0).getType().isIndex())
      return;
    int64_t divisor = divisorOf(op->getResult(0));
    if (divisor == 1)
      return;
    auto type = RankedTensorType::get({1}, IntegerType::get(op->getContext(), 32));
    op->setDiscardableAttr("tt.divisibility", DenseIntElementsAttr::get(type, int32_t(divisor)));
  });
}

} // namespace mlir::v4

#include "dialects/V4/IR/Shapes.h"
#include "dialects/V4/IR/V4Dialect.h"

namespace mlir::v4 {
namespace {

/// Heads of an op that can run one head at a time; 0 for others.
int64_t getHeads(Operation &op) {
  if (!isa<HeadNormOp, RopeOp, WindowAttentionOp, CsaAttentionOp, HcaAttentionOp, GroupHeadsOp>(op))
    return 0;
  auto type = cast<RankedTensorType>(op.getOperand(0).getType());
  return type.getRank() == 3 ? type.getDimSize(1) : 0;
}

/// Elements of a result's vectors, each of which the op makes by itself; 0 for ops that do not divide their
/// outputs.
int64_t getOutputsOfVector(Operation *op) {
  if (!isa_and_present<GroupedLinearOp, ExpertUpOp>(op))
    return 0;
  return cast<RankedTensorType>(op->getResult(0).getType()).getShape().back();
}

} // namespace

bool canQuantiseOutputs(Operation *op) {
  auto quantise = dyn_cast<FakeQuantiseOp>(op);
  if (!quantise || quantise.getFirst())
    return false;
  int64_t block = static_cast<int64_t>(quantise.getBlock());
  int64_t outputs = getOutputsOfVector(quantise.getInput().getDefiningOp());
  return outputs > 0 && outputs % block == 0;
}

bool canFollowOutputs(Operation *op) {
  auto post = dyn_cast<HcPostOp>(op);
  return (post && post.getWithOutputs()) || canQuantiseOutputs(op);
}

bool canComeAlong(Operation *op, Parallelism parallelism) {
  if (parallelism == Parallelism::heads)
    return isa<IndexTopkOp>(op);
  return parallelism == Parallelism::outputs && !canQuantiseOutputs(op) &&
         isa<RmsNormOp, RopeOp, FakeQuantiseOp, ScaleOp, RingWriteOp, RouteOp, HashRouteOp>(op);
}

bool isRowWork(KernelOp kernel, Operation *op) {
  return canComeAlong(op, kernel.getParallelism()) && llvm::all_of(op->getOperands(), [&](Value operand) {
           Operation *maker = operand.getDefiningOp();
           return !maker || maker->getParentOp() != kernel || isRowWork(kernel, maker);
         });
}

namespace {

LogicalResult verifyParallelism(KernelOp kernel, Operation &op) {
  Parallelism wanted = kernel.getParallelism(), found = cast<ComputeOpInterface>(op).getParallelism();
  if (found == wanted || (wanted == Parallelism::heads && getHeads(op) != 0) ||
      (wanted == Parallelism::outputs && canFollowOutputs(&op)) || isRowWork(kernel, &op))
    return success();
  InFlightDiagnostic error = kernel.emitOpError(); // kernel_c2
  error << "divides its work by " << stringifyParallelism(wanted) << ", but '" << op.getName() << "' by "
        << stringifyParallelism(found);
  error.attachNote(op.getLoc()) << "the op is here";
  return error;
}

LogicalResult verifyHeads(KernelOp kernel, Operation &first, Operation &op) {
  if (getHeads(first) == getHeads(op))
    return success();
  InFlightDiagnostic error = kernel.emitOpError(); // kernel_c3
  error << "has ops of " << getHeads(first) << " and of " << getHeads(op) << " heads";
  error.attachNote(op.getLoc()) << "an op of " << getHeads(op) << " heads is here";
  return error;
}

} // namespace

LogicalResult KernelOp::verify() {
  Block &block = getBody().front();
  Operation *yield = block.empty() ? nullptr : &block.back();
  if (!isa_and_present<YieldOp>(yield) || yield == &block.front()) // kernel_c1
    return emitOpError() << "needs at least one compute op and a v4.yield";
  SmallVector<Value> made;
  Operation *firstOfHeads = nullptr;
  for (Operation &op : block.without_terminator()) {
    if (!isa<ComputeOpInterface>(op)) { // kernel_c1
      InFlightDiagnostic error = emitOpError();
      error << "holds compute ops only, but '" << op.getName() << "' is none";
      error.attachNote(op.getLoc()) << "the op is here";
      return error;
    }
    if (failed(verifyParallelism(*this, op)))
      return failure();
    if (getParallelism() == Parallelism::heads && !isRowWork(*this, &op)) {
      firstOfHeads = firstOfHeads ? firstOfHeads : &op;
      if (failed(verifyHeads(*this, *firstOfHeads, op)))
        return failure();
    }
    llvm::append_range(made, op.getResults());
  }
  if (made.size() != yield->getNumOperands() || !llvm::equal(made, yield->getOperands())) // kernel_c4
    return emitOpError() << "makes " << made.size() << " values and yields " << yield->getNumOperands()
                         << ", but every value has to be yielded, in order";
  if (!llvm::equal(yield->getOperandTypes(), getResultTypes())) // kernel_c5
    return emitOpError() << "yields values of other types than its results have";
  return success();
}

} // namespace mlir::v4

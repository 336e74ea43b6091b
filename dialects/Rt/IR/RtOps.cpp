// Verifiers of the `rt` ops.
#include "dialects/Rt/IR/RtDialect.h"

#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::rt {

LogicalResult DimAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t scale, Extent,
                              int64_t divisor) {
  if (scale <= 0 || divisor <= 0)
    return emitError() << "scale and divisor are positive, not " << scale << " and " << divisor;
  return success();
}

/// launch_c1, dispatch_c1
static LogicalResult verifyGrid(Operation *op, ArrayAttr grid) {
  if (grid.empty() || grid.size() > 3)
    return op->emitOpError() << "has a grid of " << grid.size() << " dimensions, wanted 1 to 3";
  return success();
}

/// launch_c3, dispatch_c2
static LogicalResult verifyKernel(Operation *op, SymbolTableCollection &symbols, FlatSymbolRefAttr name,
                                  unsigned arguments) {
  Operation *symbol = symbols.lookupNearestSymbolFrom(op, name);
  auto kernel = dyn_cast_if_present<FunctionOpInterface>(symbol);
  if (!kernel)
    return op->emitOpError() << "runs " << name << ", which is no kernel here";
  if (kernel.getNumArguments() != arguments) {
    InFlightDiagnostic diagnostic = op->emitOpError()
                                    << "binds " << arguments << " arguments, but its kernel has "
                                    << kernel.getNumArguments();
    diagnostic.attachNote(kernel.getLoc()) << "kernel is here";
    return diagnostic;
  }
  return success();
}

LogicalResult LaunchOp::verify() {
  if (failed(verifyGrid(*this, getGrid())))
    return failure();
  if (getNames().size() != getNumResults()) // launch_c2
    return emitOpError() << "has " << getNames().size() << " names for " << getNumResults() << " results";
  return success();
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  unsigned arguments = getNumOperands() + getNumResults();
  for (Type type : getOperandTypes())
    if (auto weight = dyn_cast<v4::WeightType>(type); weight && weight.isScaled())
      ++arguments;
  return verifyKernel(*this, symbols, getKernelAttr(), arguments);
}

LogicalResult DispatchOp::verify() { return verifyGrid(*this, getGrid()); }

LogicalResult DispatchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  for (auto name : getReads().getAsRange<FlatSymbolRefAttr>()) // dispatch_c3
    if (!isa_and_present<BufferOp, WeightOp, StateOp>(symbols.lookupNearestSymbolFrom(*this, name)))
      return emitOpError() << "reads " << name << ", which is no buffer, weight or state here";
  for (auto name : getWrites().getAsRange<FlatSymbolRefAttr>())
    if (!symbols.lookupNearestSymbolFrom<BufferOp>(*this, name))
      return emitOpError() << "writes " << name << ", which is no buffer here";
  return verifyKernel(*this, symbols, getKernelAttr(), getReads().size() + getWrites().size());
}

LogicalResult ProgramOp::verify() {
  for (Operation &op : getBody().front())
    if (!isa<DispatchOp>(op)) // program_c1
      return emitOpError() << "holds dispatches, not " << op.getName();
  return success();
}

} // namespace mlir::rt

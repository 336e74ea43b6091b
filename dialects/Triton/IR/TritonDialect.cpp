#include "dialects/Triton/IR/TritonDialect.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FunctionImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

#include "dialects/Triton/IR/TritonDialect.cpp.inc"
#include "dialects/Triton/IR/TritonEnums.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/Triton/IR/TritonTypes.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/Triton/IR/TritonOps.cpp.inc"

namespace mlir::tt {

void TritonDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/Triton/IR/TritonTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Triton/IR/TritonOps.cpp.inc"
      >();
}

static Type withElement(Type shape, Type element) {
  auto tensor = dyn_cast<RankedTensorType>(shape);
  return tensor ? Type(tensor.clone(element)) : element;
}

Type pointeeOf(Type pointers) {
  return withElement(pointers, cast<PointerType>(getElementTypeOrSelf(pointers)).getPointee());
}

Type maskFor(Type type) { return withElement(type, IntegerType::get(type.getContext(), 1)); }

void FuncOp::build(OpBuilder &builder, OperationState &state, StringRef name, FunctionType type) {
  state.addAttribute(SymbolTable::getSymbolAttrName(), builder.getStringAttr(name));
  state.addAttribute(getFunctionTypeAttrName(state.name), TypeAttr::get(type));
  state.addAttribute(getSymVisibilityAttrName(state.name), builder.getStringAttr("public"));
  state.addRegion();
}

ParseResult FuncOp::parse(OpAsmParser &parser, OperationState &result) {
  auto buildType = [](Builder &builder, ArrayRef<Type> inputs, ArrayRef<Type> results,
                      function_interface_impl::VariadicFlag,
                      std::string &) { return builder.getFunctionType(inputs, results); };
  return function_interface_impl::parseFunctionOp(
      parser, result, /*allowVariadic=*/false, getFunctionTypeAttrName(result.name), buildType,
      getArgAttrsAttrName(result.name), getResAttrsAttrName(result.name));
}

void FuncOp::print(OpAsmPrinter &printer) {
  function_interface_impl::printFunctionOp(printer, *this, /*isVariadic=*/false, getFunctionTypeAttrName(),
                                           getArgAttrsAttrName(), getResAttrsAttrName());
}

} // namespace mlir::tt

#include "dialects/V4/IR/V4Dialect.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

#include "dialects/V4/IR/V4Dialect.cpp.inc"
#include "dialects/V4/IR/V4Enums.cpp.inc"
#include "dialects/V4/IR/V4Interfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/V4/IR/V4Attrs.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/V4/IR/V4Ops.cpp.inc"

namespace mlir::v4 {

void V4Dialect::initialize() {
  registerTypes();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/V4/IR/V4Attrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/V4/IR/V4Ops.cpp.inc"
      >();
}

} // namespace mlir::v4

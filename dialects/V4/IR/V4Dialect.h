// The `v4` dialect: types, attributes and ops of the model level.
#pragma once

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/V4/IR/V4Dialect.h.inc"
#include "dialects/V4/IR/V4Enums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/V4/IR/V4Attrs.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/V4/IR/V4Types.h.inc"

#include "dialects/V4/IR/V4Interfaces.h.inc"

namespace mlir::v4 {
/// `#v4.numerics<hf>`, the default of every op.
NumericsAttr getHfNumerics(MLIRContext *context);
} // namespace mlir::v4

#define GET_OP_CLASSES
#include "dialects/V4/IR/V4Ops.h.inc"

// The `rt` dialect: schedules.
#pragma once

#include "dialects/V4/IR/V4Dialect.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/Rt/IR/RtDialect.h.inc"
#include "dialects/Rt/IR/RtEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Rt/IR/RtAttrs.h.inc"

#define GET_OP_CLASSES
#include "dialects/Rt/IR/RtOps.h.inc"

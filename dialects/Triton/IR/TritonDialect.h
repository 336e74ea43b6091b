// The `tt` dialect: as much of Triton's as the PTX exit prints.
#pragma once

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/Triton/IR/TritonDialect.h.inc"
#include "dialects/Triton/IR/TritonEnums.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/Triton/IR/TritonTypes.h.inc"

namespace mlir::tt {

// What pointers of type `pointers`, one or a tensor of them, lead to: f32 for !tt.ptr<f32>, and so for
// tensors.
Type pointeeOf(Type pointers);

// `type` with elements of i1.
Type maskFor(Type type);

} // namespace mlir::tt

#define GET_OP_CLASSES
#include "dialects/Triton/IR/TritonOps.h.inc"

// The `tile` dialect: kernels.
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

#include "dialects/Tile/IR/TileDialect.h.inc"
#include "dialects/Tile/IR/TileEnums.h.inc"

#define GET_OP_CLASSES
#include "dialects/Tile/IR/TileOps.h.inc"

namespace mlir::tile {

/// Calls `place` with the offset of each of the kernel's scratch memories in the scratch memory of a program,
/// multiples of 16 bytes in the order of the ops. Returns the bytes of all.
int64_t placeScratch(KernelOp kernel, function_ref<void(ScratchOp, int64_t offset)> place);

/// How many numbers of `format` an element of type `element` holds: of bytes 1 or 2, of words more; 0 if it
/// holds none.
int64_t numbersInElement(Format format, Type element);

/// How many panels [.., S, R, P] of `memory` make rows of `width` elements together, S; 0 if they are not as
/// wide.
int64_t panelsAbreast(MemRefType memory, int64_t width);

/// Numbers that `tile.split_digits` and `tile.dot_digits` take together: a block of FP4 weights with one
/// scale.
inline constexpr int64_t kDigitBlock = 32;

} // namespace mlir::tile

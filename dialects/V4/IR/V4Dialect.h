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

/// The values that a numerics option takes, separated by spaces; empty if there is no such option.
StringRef getNumericsValues(StringRef option);
/// The names of all numerics options.
SmallVector<StringRef> getNumericsOptions();

/// Elements of an activation that share a scale (`act_quant` = fp8_128).
inline constexpr int64_t kActivationBlock = 128;
} // namespace mlir::v4

#define GET_OP_CLASSES
#include "dialects/V4/IR/V4Ops.h.inc"

namespace mlir::v4 {
/// Whether `op` is a `v4.fake_quantise` of whole blocks of outputs, so that what makes some blocks' outputs
/// can quantise them.
bool canQuantiseOutputs(Operation *op);

/// Whether `op`, of rows otherwise, can do what it does to some outputs right where they are made.
bool canFollowOutputs(Operation *op);

/// Whether `op` works on whole rows, cheaply enough for the programs of a kernel of another kind to repeat
/// it.
bool canComeAlong(Operation *op, Parallelism parallelism);

/// Whether `op` of a head or output kernel is such an op, and so is what it needs of the kernel.
bool isRowWork(KernelOp kernel, Operation *op);
} // namespace mlir::v4

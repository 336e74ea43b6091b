// What holds from each phase on. The table is checked by `verify-phase` and printed into docs/phases.md.
#pragma once

#include "mlir/IR/BuiltinOps.h"

namespace mlir::v4 {

struct Rule {
  StringLiteral phase; // from which on it holds
  StringLiteral text;  // "no v4.kernel is left"
  StringLiteral pass;  // that sees to it; empty: the importer
  /// Whether `op` breaks the rule; ops are visited outside in.
  bool (*isBroken)(Operation *op);
};

ArrayRef<Rule> getRules();

/// Checks, dispatch by dispatch, that nothing reads a buffer after another one was written over it.
LogicalResult verifyPlan(ModuleOp module);

} // namespace mlir::v4

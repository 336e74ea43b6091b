#include "dialects/V4/IR/V4Dialect.h"

namespace mlir::v4 {

LogicalResult IndexScoresOp::verify() { return success(); }
LogicalResult IndexTopkOp::verify() { return success(); }
LogicalResult WindowAttentionOp::verify() { return success(); }
LogicalResult CsaAttentionOp::verify() { return success(); }
LogicalResult HcaAttentionOp::verify() { return success(); }
LogicalResult GroupHeadsOp::verify() { return success(); }

} // namespace mlir::v4

#include "dialects/V4/IR/V4Dialect.h"

namespace mlir::v4 {

LogicalResult HcExpandOp::verify() { return success(); }
LogicalResult HcPreOp::verify() { return success(); }
LogicalResult HcPostOp::verify() { return success(); }
LogicalResult HcHeadOp::verify() { return success(); }

} // namespace mlir::v4

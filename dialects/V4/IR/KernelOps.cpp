#include "dialects/V4/IR/V4Dialect.h"

namespace mlir::v4 {

LogicalResult KernelOp::verify() { return success(); }

} // namespace mlir::v4

#include "dialects/V4/IR/V4Dialect.h"

namespace mlir::v4 {

LogicalResult RingWriteOp::verify() { return success(); }
LogicalResult EntryWriteOp::verify() { return success(); }
LogicalResult CompressOp::verify() { return success(); }

} // namespace mlir::v4

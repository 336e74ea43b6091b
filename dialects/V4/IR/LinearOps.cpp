#include "dialects/V4/IR/V4Dialect.h"

namespace mlir::v4 {

LogicalResult WeightOp::verify() { return success(); }
LogicalResult EmbedOp::verify() { return success(); }
LogicalResult GatherRowsOp::verify() { return success(); }
LogicalResult LinearOp::verify() { return success(); }
LogicalResult GroupedLinearOp::verify() { return success(); }
LogicalResult ScaleOp::verify() { return success(); }
LogicalResult AddOp::verify() { return success(); }
LogicalResult RmsNormOp::verify() { return success(); }
LogicalResult HeadNormOp::verify() { return success(); }
LogicalResult RopeTableOp::verify() { return success(); }
LogicalResult RopeOp::verify() { return success(); }


} // namespace mlir::v4

#include "dialects/V4/IR/V4Dialect.h"

namespace mlir::v4 {

LogicalResult RouteOp::verify() { return success(); }
LogicalResult HashRouteOp::verify() { return success(); }
LogicalResult ExpertsOp::verify() { return success(); }
LogicalResult SharedExpertOp::verify() { return success(); }
LogicalResult ExpertUpOp::verify() { return success(); }
LogicalResult ExpertDownOp::verify() { return success(); }
LogicalResult SharedUpOp::verify() { return success(); }

} // namespace mlir::v4

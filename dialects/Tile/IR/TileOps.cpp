// Verifiers of the `tile` ops.
#include "dialects/Tile/IR/TileDialect.h"

namespace mlir::tile {

LogicalResult KernelOp::verify() { return success(); }
LogicalResult LoadOp::verify() { return success(); }
LogicalResult GatherOp::verify() { return success(); }
LogicalResult StoreOp::verify() { return success(); }
LogicalResult LoadScalarOp::verify() { return success(); }
LogicalResult StoreScalarOp::verify() { return success(); }
LogicalResult DotOp::verify() { return success(); }
LogicalResult ReduceOp::verify() { return success(); }
LogicalResult SplatOp::verify() { return success(); }
LogicalResult BroadcastOp::verify() { return success(); }
LogicalResult IotaOp::verify() { return success(); }
LogicalResult WidenOp::verify() { return success(); }

LogicalResult DeinterleaveOp::verify() { return success(); }
LogicalResult InterleaveOp::verify() { return success(); }

} // namespace mlir::tile

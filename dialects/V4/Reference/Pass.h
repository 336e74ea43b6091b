// `v4-run-reference`: the reference executor as a pass of v4-opt.
#pragma once

namespace mlir::v4 {

void registerReferencePass();

} // namespace mlir::v4

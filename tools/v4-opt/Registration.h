// Everything that v4-opt knows: dialects, passes and pipelines.
#pragma once

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace mlir::v4 {
/// Adds our dialects, and those of MLIR that the phases use, to `registry`; registers the passes.
void registerAll(DialectRegistry &registry);
} // namespace mlir::v4

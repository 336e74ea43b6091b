// Where in the model something is, from the names that the importer gave.
#pragma once

#include "mlir/IR/Location.h"

#include <optional>

namespace mlir::v4 {

/// 3 for "layers.3.attn.q".
std::optional<int64_t> findLayer(StringRef name);

/// Of a fused location, the layer of the last part that is in one.
std::optional<int64_t> findLayer(Location loc);

} // namespace mlir::v4

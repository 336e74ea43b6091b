// Where in the model something is, from the names that the importer gave.
#pragma once

#include "mlir/IR/Location.h"

#include <optional>

namespace mlir::v4 {

/// 3 for "layers.3.attn.q".
std::optional<int64_t> findLayer(StringRef name);

/// Of a fused location, the layer of the first part that is in one: what closes a layer and opens the next
/// counts to the former.
std::optional<int64_t> findLayer(Location loc);

} // namespace mlir::v4

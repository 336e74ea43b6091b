#include "passes/Plan/Places.h"

namespace mlir::v4 {

std::optional<int64_t> findLayer(StringRef name) {
  int64_t layer;
  if (!name.consume_front("layers.") || name.consumeInteger(10, layer))
    return std::nullopt;
  return layer;
}

std::optional<int64_t> findLayer(Location loc) {
  if (auto name = dyn_cast<NameLoc>(loc))
    return findLayer(name.getName().getValue());
  if (auto fused = dyn_cast<FusedLoc>(loc))
    for (Location part : fused.getLocations())
      if (std::optional<int64_t> layer = findLayer(part))
        return layer;
  return std::nullopt;
}

} // namespace mlir::v4

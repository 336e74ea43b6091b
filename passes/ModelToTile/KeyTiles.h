// Keys of a sequence state, keys() at a time: what attention and the indexer share.
#pragma once

#include "passes/ModelToTile/KernelBuilder.h"

namespace mlir::v4 {

/// Entries that a query at `position` sees: (position + 1) / ratio.
Value visibleEntries(KernelBuilder &k, Value position, int64_t ratio);

/// Numbers first .. first + keys() - 1, -1 from `end` on.
Value keyNumbers(KernelBuilder &k, Value first, Value end);

} // namespace mlir::v4

// The two changes of type that packing makes, both exact or refused, and what it refuses besides.
#pragma once

#include "runtime/Status.h"
#include "runtime/pack/Blocks.h"

#include <cstdint>

namespace v4rt {

/// Converts the units of `block` from the type of the checkpoint to that of the weight: ids from i64 to i32,
/// each below the recipe's id_limit, and scales from f32 to f8e8m0, each a power of two.
Status convertUnits(const Block &block, const uint8_t *from, uint8_t *to);

/// Fails if the units of `block`, codes of E4M3, have one that is no number: kernels do not decode it.
Status checkNumbers(const Block &block, const uint8_t *codes);

} // namespace v4rt

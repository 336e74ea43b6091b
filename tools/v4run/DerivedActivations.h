// --dump-activations: values of the fixtures' traces that no kernel leaves in a buffer, worked out from those
// that kernels did leave, in double.
//   attn.probs       [heads, rows, S + T]  share of each position, then of each compressed entry, in a head's
//                    attention. The sink's share is in the denominator alone; 0 where nothing is looked at
//   ffn.gate.margin  [rows]  lowest chosen score + bias minus highest rejected one; inf where nothing is
//                    rejected. Not for layers that choose by token, which have no bias
#pragma once

#include "tools/v4run/Activations.h"

#include <functional>
#include <optional>

namespace v4run {

/// A weight by its name, widened; nothing if the model has none of that name. May throw Failure.
using WeightReader = std::function<std::optional<std::vector<float>>(const std::string &name)>;

/// Bytes that the attn.probs of all sequences and layers may have together: they grow with the square of the
/// length.
inline constexpr int64_t kMostProbsBytes = int64_t(256) << 20;

/// Adds the values above to finished activations. attn.probs need sequences that start at position 0, and at
/// most `mostProbsBytes`; the result says in a sentence why they were left out, and is empty if they were
/// not. Throws Failure.
std::string addDerived(Activations &activations, int64_t window, const WeightReader &weight,
                       int64_t mostProbsBytes = kMostProbsBytes);

} // namespace v4run

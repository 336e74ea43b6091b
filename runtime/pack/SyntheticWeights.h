// Weights that mean nothing, to time a model with that nobody has here.
#pragma once

#include "runtime/Status.h"

#include <cstdint>
#include <functional>
#include <string>

namespace v4rt {

/// Writes to `path` the artifact at `program`, which has no weights, together with made-up ones: finite, all
/// different, of a size that keeps sums near 1. The same bytes each time. `progress` may be empty.
Status packSynthetic(const std::string &program, const std::string &path,
                     const std::function<void(uint64_t done, uint64_t total)> &progress);

} // namespace v4rt

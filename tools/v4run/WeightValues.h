// Small weights of an artifact as numbers.
#pragma once

#include "runtime/Artifact.h"

#include <optional>
#include <string>
#include <vector>

namespace v4run {

/// A weight stored in rows as F32 or BF16, widened; nothing if there is none of that name. Throws Failure if
/// it is stored otherwise.
std::optional<std::vector<float>> weightValues(const v4rt::Artifact &artifact, const std::string &name);

} // namespace v4run

// Whether a mapped file is in memory.
#pragma once

#include "runtime/Artifact.h"

namespace v4run {

/// Reads the pages of a mapped file that are not in memory, if there is room for them. Returns their bytes.
uint64_t bringIntoMemory(v4rt::Bytes mapped);

} // namespace v4run

// What the operating system says of this process's memory.
#pragma once

#include "runtime/Artifact.h"

namespace v4run {

/// Memory of this process that is in RAM.
uint64_t residentBytes();

/// Page faults of this process that waited for a disk.
uint64_t diskFaults();

/// Reads the pages of a mapped file that are not in memory, if there is room for them. Returns their bytes.
uint64_t bringIntoMemory(v4rt::Bytes mapped);

} // namespace v4run

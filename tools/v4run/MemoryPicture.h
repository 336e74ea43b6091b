// Buffers of an artifact over the dispatches of its programs, drawn from what inspectReport says of them.
#pragma once

#include "tools/v4run/InspectReport.h"

namespace v4run {

/// For each program a map of the arena, and a line for each buffer.
std::string memoryText(const Json &report);

/// The same as an image: dispatches to the right, offsets upwards, a box for each buffer, named where the
/// pointer rests. In light or dark colours, as the reader has it.
std::string memorySvg(const Json &report);

} // namespace v4run

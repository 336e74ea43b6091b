// What a decode step has to move and compute, kernel by kernel, beside the least time that GPUs need for it.
#pragma once

#include "runtime/format/artifact_generated.h"
#include "tools/v4run/InspectReport.h"

namespace v4run {

/// {"context", "machines": [{"name", "bytes_per_s", "flop_per_s"}], "kernels": [{"kernel", "launches",
/// "layers", "bytes_read", "bytes_written", "flops", "seconds": [one a machine]}], "launches_of_layer":
/// {"12": [layers]}} of a step of one token of a sequence with `context` tokens before it; a kernel's figures
/// are sums over its launches, and the time of a launch is that of its bytes or of its operations, whichever
/// is more.
Json decodeRoofline(const v4rt::format::Manifest &manifest, uint64_t context);

/// The same as a table.
void printRoofline(const Json &roofline);

} // namespace v4run

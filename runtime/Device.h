// What a session computes on.
#pragma once

#include "runtime/Status.h"
#include "runtime/format/artifact_generated.h"

namespace v4rt {

enum class Device {
  cpu,
  sim, // a GPU artifact's command list, memory plan and tile kernels, run on the CPU with every access
       // checked
  cuda,
};

/// The device called `wanted`; if null or empty, what V4_DEVICE says of artifacts for GPUs, or else what the
/// artifact is for. An error names what the artifact is for and what was asked of it.
Status chooseDevice(const format::Manifest &manifest, const char *wanted, Device &device);

} // namespace v4rt

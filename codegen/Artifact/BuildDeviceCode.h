// Compiled kernels become what the manifest says of their code, those for GPUs also the device section.
#pragma once

#include "codegen/Host/HostCodegen.h"
#include "codegen/Triton/GpuCodegen.h"
#include "runtime/format/artifact_generated.h"

#include <memory>
#include <string>

namespace mlir::v4 {

struct DeviceSection {
  std::unique_ptr<v4rt::format::DeviceCodeT> code; // for the manifest; in the order of the module's kernels
  std::string bytes;                               // cubins first, then the PTX of the fallback
};

// The same kernels give the same bytes; equal texts are stored once.
DeviceSection buildDeviceSection(const GpuKernels &kernels, StringRef architecture);

// A description of the module's kernels without their code, which the simulated device needs.
DeviceSection describeDeviceKernels(ModuleOp module, StringRef architecture);

// Sizes and instructions of `kernels`, which are those of the manifest in their order.
void describeHostCode(const HostKernels &kernels, v4rt::format::ManifestT &manifest);

// "38 kernels for sm_90a: 30 compiled, 8 from the cache"
std::string summarize(const GpuKernels &kernels, StringRef architecture);

} // namespace mlir::v4

// What a GPU would get, and what its kernels must not do.
#include "runtime/HostDevice.h"

#include <cinttypes>

namespace v4rt {

Status SimulatedDevice::prepare(const std::vector<Program> &) {
  uint64_t bytes;
  V4_TRY(workspaceBytes(manifest, bytes));
  return bytes == 0 ? Status() : allocate(bytes, "the scratch memory of kernels", workspace);
}

Status SimulatedDevice::launch(const Launch &launch, KernelArgs &args, int64_t programs) {
  KernelFault fault = {};
  args.bytes = launch.bytes.data();
  args.fault = &fault;
  args.workspace = workspace;
  V4_TRY(HostDevice::launch(launch, args, programs));
  if (fault.count == 0)
    return {};
  const flatbuffers::String *label = launch.dispatch->label();
  const format::Kernel &kernel = *manifest.kernels()->Get(launch.dispatch->kernel());
  std::string memory =
      fault.argument < 0 ? "its scratch memory" : "argument " + std::to_string(fault.argument);
  return fail(V4_BAD_ARTIFACT,
              "kernel %s (%s) reaches beyond %s: program %" PRId64 " at byte %" PRId64 ", %" PRId64
              " accesses in all",
              kernel.name()->c_str(), label ? printable(label->c_str(), label->size()).c_str() : "",
              memory.c_str(), fault.program, fault.offset, fault.count);
}

} // namespace v4rt

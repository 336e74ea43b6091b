// What a GPU would get, and what its kernels must not do.
#include "runtime/HostDevice.h"

#include <algorithm>
#include <cinttypes>
#include <pthread.h>

namespace v4rt {

Status SimulatedDevice::prepare(const std::vector<Program> &) {
  uint64_t bytes;
  V4_TRY(workspaceBytes(manifest, bytes));
  return bytes == 0 ? Status() : allocate(bytes, "the scratch memory of kernels", workspace);
}

/// Bytes of the calling thread's stack, or of those of threads to come.
static size_t stackBytes(bool ofThisThread) {
  pthread_attr_t attributes;
  size_t bytes = 0;
  if ((ofThisThread ? pthread_getattr_np(pthread_self(), &attributes)
                    : pthread_getattr_default_np(&attributes)) != 0)
    return 0;
  pthread_attr_getstacksize(&attributes, &bytes);
  pthread_attr_destroy(&attributes);
  return bytes;
}

/// Tiles of a GPU's kernels fill most of a usual stack: better a sentence than a crash.
static Status checkStacks() {
  thread_local const size_t least = std::min(stackBytes(true), stackBytes(false));
  constexpr size_t wanted = size_t(kMostFrameBytes) + (size_t(1) << 20);
  if (least >= wanted)
    return {};
  return fail(V4_UNSUPPORTED,
              "kernels of the simulated device may take %zu bytes of stack, this process's threads have %zu: "
              "raise the limit (ulimit -s)",
              wanted, least);
}

Status SimulatedDevice::run(const Program &program, const Extents &extents, const AfterLaunch &after) {
  V4_TRY(checkStacks());
  return HostDevice::run(program, extents, after);
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

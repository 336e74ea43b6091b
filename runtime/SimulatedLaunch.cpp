// Launches on the simulated device: what a GPU would get, and what its kernels must not do.
#include "runtime/Manifest.h"
#include "runtime/Session.h"

#include <algorithm>
#include <cinttypes>

namespace v4rt {

/// Scratch memory for the programs of the largest launch.
Status Session::reserveWorkspace() {
  uint64_t most = 0;
  for (const format::Program *program : *manifest().programs())
    for (const format::Dispatch *dispatch : *program->dispatches()) {
      uint64_t bytes = manifest().device()->kernels()->Get(dispatch->kernel())->scratch_bytes();
      for (const format::GridDim *dim : *dispatch->grid())
        if (!multiply(bytes, gridPrograms(*dim, largest(manifest(), dim->extent())), bytes))
          return fail(V4_BAD_ARTIFACT, "the scratch memory of a launch overflows");
      most = std::max(most, bytes);
    }
  return most == 0 ? Status() : workspace.reserve(most, "the scratch memory of kernels");
}

int64_t Session::bytesOf(const format::Binding &binding) const {
  switch (binding.space()) {
  case format::Space::buffer:
    return manifest().buffers()->Get(binding.index())->bytes();
  case format::Space::weight:
    return manifest().weights()->Get(binding.index())->bytes();
  case format::Space::state:
    return states.all()[binding.index()].slotBytes * slots();
  }
  return 0;
}

Status Session::runSimulated(const Launch &launch, KernelArgs &args, int64_t programs) {
  KernelFault fault = {};
  args.bytes = launch.bytes.data();
  args.fault = &fault;
  args.workspace = workspace.data();
  pool.run(launch.kernel, args, programs);
  if (fault.count == 0)
    return {};
  const flatbuffers::String *label = launch.dispatch->label();
  const format::Kernel &kernel = *manifest().kernels()->Get(launch.dispatch->kernel());
  std::string memory =
      fault.argument < 0 ? "its scratch memory" : "argument " + std::to_string(fault.argument);
  return fail(V4_BAD_ARTIFACT,
              "kernel %s (%s) reaches beyond %s: program %" PRId64 " at byte %" PRId64 ", %" PRId64
              " accesses in all",
              kernel.name()->c_str(), label ? label->c_str() : "", memory.c_str(), fault.program,
              fault.offset, fault.count);
}

} // namespace v4rt

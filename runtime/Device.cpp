#include "runtime/Device.h"

#include "runtime/Manifest.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace v4rt {

static bool parseDevice(const char *name, DeviceKind &kind) {
  static constexpr struct {
    const char *name;
    DeviceKind kind;
  } devices[] = {{"cpu", DeviceKind::cpu}, {"sim", DeviceKind::sim}, {"cuda", DeviceKind::cuda}};
  for (const auto &known : devices)
    if (strcmp(name, known.name) == 0) {
      kind = known.kind;
      return true;
    }
  return false;
}

Status chooseDevice(const format::Manifest &manifest, const char *wanted, DeviceKind &kind) {
  bool forGpu = manifest.device() != nullptr;
  std::string target = printable(manifest.target()->c_str(), manifest.target()->size());
  kind = forGpu ? DeviceKind::cuda : DeviceKind::cpu;
  if ((!wanted || !*wanted) && forGpu)
    wanted = getenv("V4_DEVICE");
  if (!wanted || !*wanted)
    return {};
  if (!parseDevice(wanted, kind))
    return fail(V4_INVALID_ARGUMENT, "there is no device '%s', wanted cpu, cuda or sim",
                printable(wanted, strlen(wanted)).c_str());
  if (forGpu && kind == DeviceKind::cpu)
    return fail(V4_UNSUPPORTED, "the artifact is for %s, which the devices cuda and sim run, not cpu",
                target.c_str());
  if (!forGpu && kind != DeviceKind::cpu)
    return fail(V4_UNSUPPORTED,
                "the artifact is for %s, which the device cpu runs, not %s: compile it for a GPU",
                target.c_str(), wanted);
  return {};
}

uint64_t Extents::of(format::Extent extent) const {
  switch (extent) {
  case format::Extent::one:
    return 1;
  case format::Extent::tokens:
    return tokens;
  case format::Extent::logit_rows:
    return logitRows;
  case format::Extent::positions:
    return positions;
  }
  return 0;
}

LaunchSize LaunchSize::of(const format::Dispatch &dispatch, const Extents &extents) {
  LaunchSize size = {int64_t(extents.of(dispatch.rows())), {1, 1, 1}, 0};
  size.programs = size.rows > 0; // the head of a step that wants no logits has nothing to do
  for (uint32_t i = 0; i < dispatch.grid()->size(); ++i) {
    const format::GridDim &dim = *dispatch.grid()->Get(i);
    size.grid[i] = gridPrograms(dim, extents.of(dim.extent()));
    size.programs *= size.grid[i];
  }
  return size;
}

Status workspaceBytes(const format::Manifest &manifest, uint64_t &most) {
  most = 0;
  for (const format::Program *program : *manifest.programs())
    for (const format::Dispatch *dispatch : *program->dispatches()) {
      uint64_t bytes = manifest.device()->kernels()->Get(dispatch->kernel())->scratch_bytes();
      for (const format::GridDim *dim : *dispatch->grid())
        if (!multiply(bytes, gridPrograms(*dim, largest(manifest, dim->extent())), bytes) ||
            bytes > uint64_t(INT64_MAX))
          return fail(V4_BAD_ARTIFACT, "the scratch memory of a launch overflows");
      most = std::max(most, bytes);
    }
  return {};
}

} // namespace v4rt

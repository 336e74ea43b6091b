#include "runtime/Device.h"

#include "runtime/Status.h"

#include <cstdlib>
#include <cstring>

namespace v4rt {

static bool parseDevice(const char *name, Device &device) {
  static constexpr struct {
    const char *name;
    Device device;
  } devices[] = {{"cpu", Device::cpu}, {"sim", Device::sim}, {"cuda", Device::cuda}};
  for (const auto &known : devices)
    if (strcmp(name, known.name) == 0) {
      device = known.device;
      return true;
    }
  return false;
}

Status chooseDevice(const format::Manifest &manifest, const char *wanted, Device &device) {
  bool forGpu = manifest.device() != nullptr;
  std::string target = printable(manifest.target()->c_str(), manifest.target()->size());
  device = forGpu ? Device::cuda : Device::cpu;
  if ((!wanted || !*wanted) && forGpu)
    wanted = getenv("V4_DEVICE");
  if (!wanted || !*wanted)
    return {};
  if (!parseDevice(wanted, device))
    return fail(V4_INVALID_ARGUMENT, "there is no device '%s', wanted cpu, cuda or sim",
                printable(wanted, strlen(wanted)).c_str());
  if (forGpu && device == Device::cpu)
    return fail(V4_UNSUPPORTED, "the artifact is for %s, which the devices cuda and sim run, not cpu",
                target.c_str());
  if (!forGpu && device != Device::cpu)
    return fail(V4_UNSUPPORTED,
                "the artifact is for %s, which the device cpu runs, not %s: compile it for a GPU",
                target.c_str(), wanted);
  return {};
}

} // namespace v4rt

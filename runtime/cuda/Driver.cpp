#include "runtime/cuda/Driver.h"

#include <cstdlib>
#include <cstring>
#include <dlfcn.h>

namespace v4rt::cuda {

static constexpr int kOldestDriver = 12000; // graphs as they are used here, minor-version compatibility

Driver::~Driver() {
  if (library)
    dlclose(library);
}

Status Driver::open() {
  const char *named = getenv("V4_LIBCUDA");
  const char *file = named && *named ? named : "libcuda.so.1";
  library = dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE); // it has threads of its own
  if (!library)
    return fail(V4_UNSUPPORTED,
                "no NVIDIA driver: %s was not found (%s); the device cuda needs a GPU with its driver, the "
                "device sim runs without",
                printable(file, strlen(file)).c_str(), dlerror());
  const char *missing = nullptr;
#define V4_LOOK_UP(member, symbol, parameters)                                                               \
  member = reinterpret_cast<CUresult(*) parameters>(dlsym(library, #symbol));                                \
  if (!member && !missing)                                                                                   \
    missing = #symbol;
  V4_CUDA_FUNCTIONS(V4_LOOK_UP)
#undef V4_LOOK_UP
  if (driverVersion && driverVersion(&version_) == kSuccess && version_ < kOldestDriver)
    return fail(V4_UNSUPPORTED, "the NVIDIA driver is too old: it supports CUDA %d.%d, wanted 12.0 or later",
                version_ / 1000, version_ % 1000 / 10);
  if (missing)
    return fail(V4_UNSUPPORTED, "the NVIDIA driver is not one that this runtime knows: %s has no function %s",
                printable(file, strlen(file)).c_str(), missing);
  if (CUresult result = init(0); result == kNoDevice)
    return fail(V4_UNSUPPORTED, "the NVIDIA driver finds no GPU");
  else
    return check(result, "start the NVIDIA driver");
}

Status Driver::check(CUresult result, const char *what) const {
  if (result == kSuccess)
    return {};
  const char *name = nullptr, *text = nullptr;
  if (errorName(result, &name) != kSuccess || !name)
    name = "an error it does not name";
  if (errorString(result, &text) != kSuccess || !text)
    text = "the driver says";
  return fail(result == kOutOfMemory ? V4_OUT_OF_MEMORY : V4_IO_ERROR, "cannot %s: %s (%s, %d)", what, text,
              name, result);
}

Status Driver::checkMemory(CUresult result, uint64_t bytes, const char *what) const {
  size_t free = 0, total = 0;
  if (result != kOutOfMemory || memoryInfo(&free, &total) != kSuccess)
    return check(result, what);
  constexpr double kMiB = 1 << 20;
  return fail(V4_OUT_OF_MEMORY,
              "the GPU has no memory for %s: %.1f MiB were wanted, %.1f of its %.1f MiB are free", what,
              double(bytes) / kMiB, double(free) / kMiB, double(total) / kMiB);
}

Gpu::~Gpu() {
  if (context)
    (void)driver.contextRelease(device);
}

Status Gpu::open() {
  int count = 0;
  if (CUresult result = driver.deviceCount(&count); result != kSuccess && result != kNoDevice)
    return driver.check(result, "count the GPUs");
  if (count == 0)
    return fail(V4_UNSUPPORTED, "the NVIDIA driver finds no GPU");
  V4_TRY(driver.check(driver.deviceGet(&device, 0), "open the first GPU"));
  char text[128] = {};
  V4_TRY(driver.check(driver.deviceName(text, sizeof(text) - 1, device), "ask for the GPU's name"));
  name_ = printable(text, strlen(text));
  int major = 0, minor = 0;
  auto ask = [&](int attribute, int &value) {
    return driver.check(driver.deviceAttribute(&value, attribute, device), "ask what the GPU can do");
  };
  V4_TRY(ask(kMajorCapability, major));
  V4_TRY(ask(kMinorCapability, minor));
  V4_TRY(ask(kSharedBytesOptIn, sharedBytes_));
  capability_ = 10 * major + minor;
  return driver.check(driver.contextRetain(&context, device), "make a context on the GPU");
}

} // namespace v4rt::cuda

// The NVIDIA driver, opened at run time.
#pragma once

#include "runtime/Status.h"
#include "runtime/cuda/Api.h"

namespace v4rt::cuda {

class Driver {
public:
  Driver() = default;
  ~Driver();
  Driver(const Driver &) = delete;
  Driver &operator=(const Driver &) = delete;

  /// Opens libcuda.so.1, or the library that V4_LIBCUDA names, and starts it.
  Status open();

  /// The CUDA version that the driver supports: 12080 for 12.8.
  int version() const { return version_; }

  /// "cannot <what>: <the driver's sentence> (CUDA_ERROR_...)".
  Status check(CUresult result, const char *what) const;
  /// Of an allocation; names how much was wanted, and how much is free. Wants a current context.
  Status checkMemory(CUresult result, uint64_t bytes, const char *what) const;

#define V4_DECLARE(member, symbol, parameters) CUresult(*member) parameters = nullptr;
  V4_CUDA_FUNCTIONS(V4_DECLARE)
#undef V4_DECLARE

private:
  void *library = nullptr;
  int version_ = 0;
};

/// A GPU, its primary context retained.
class Gpu {
public:
  explicit Gpu(const Driver &driver) : driver(driver) {}
  ~Gpu();
  Gpu(const Gpu &) = delete;
  Gpu &operator=(const Gpu &) = delete;

  Status open();
  /// Calls of this thread go to this GPU from here on.
  Status use() const { return driver.check(driver.contextSetCurrent(context), "use the GPU"); }

  /// 10 * major + minor
  int capability() const { return capability_; }
  int sharedBytes() const { return sharedBytes_; }
  const std::string &name() const { return name_; }

private:
  const Driver &driver;
  CUdevice device = -1;
  CUcontext context = nullptr;
  int capability_ = 0, sharedBytes_ = 0;
  std::string name_;
};

} // namespace v4rt::cuda

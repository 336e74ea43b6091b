#include "runtime/cuda/LoadedModel.h"

#include <algorithm>
#include <cstring>

namespace v4rt::cuda {

static constexpr uint32_t kSharedBytesUnasked = 48 << 10;

LoadedModel::~LoadedModel() {
  if ((!weights_ && modules.empty()) || !gpu.use().ok())
    return;
  if (weights_)
    (void)driver.memoryFree(weights_);
  for (auto &[offset, module] : modules)
    (void)driver.moduleUnload(module);
}

Status LoadedModel::load(const ArtifactView &artifact) {
  V4_TRY(driver.open());
  V4_TRY(gpu.open());
  V4_TRY(gpu.use());
  V4_TRY(loadKernels(artifact));
  return upload(artifact.weights());
}

Status LoadedModel::loadKernels(const ArtifactView &artifact) {
  const format::DeviceCode &code = *artifact.manifest().device();
  Bytes section = artifact.deviceCode();
  if (!section)
    return fail(V4_UNSUPPORTED, "the artifact has no code for the GPU, only for the device sim");
  bool hasPtx = true;
  for (const format::DeviceKernel *kernel : *code.kernels())
    hasPtx = hasPtx && kernel->ptx_bytes() > 0;
  CodeKind kind;
  V4_TRY(chooseCode(code.architecture()->str(), code.ptx_version(), hasPtx, gpu, driver.version(), kind));
  variantName = code.architecture()->str() + (kind == CodeKind::ptx ? " by way of PTX" : "");

  for (const format::DeviceKernel *kernel : *code.kernels()) {
    const char *name = kernel->entry()->c_str();
    if (int64_t(kernel->shared_bytes()) > gpu.sharedBytes())
      return fail(V4_UNSUPPORTED, "kernel %s wants %u bytes of shared memory, the GPU (%s) has %d", name,
                  kernel->shared_bytes(), gpu.name().c_str(), gpu.sharedBytes());
    CUmodule module;
    V4_TRY(loadModule(*kernel, section, kind, module));
    CUfunction function = nullptr;
    std::string what = std::string("find kernel ") + name + " in its code";
    V4_TRY(driver.check(driver.moduleFunction(&function, module, name), what.c_str()));
    if (kernel->shared_bytes() > kSharedBytesUnasked)
      V4_TRY(driver.check(
          driver.functionSetAttribute(function, kDynamicSharedBytes, int(kernel->shared_bytes())),
          "get a kernel's shared memory"));
    functions.push_back(function);
  }
  return {};
}

Status LoadedModel::loadModule(const format::DeviceKernel &kernel, Bytes section, CodeKind kind,
                               CUmodule &module) {
  bool cubin = kind == CodeKind::cubin;
  uint64_t offset = cubin ? kernel.cubin_offset() : kernel.ptx_offset();
  uint64_t bytes = cubin ? kernel.cubin_bytes() : kernel.ptx_bytes();
  auto [at, isNew] = modules.try_emplace(offset, nullptr);
  if (isNew) {
    Bytes code{section.data + offset, bytes}; // inside: checkDeviceCode
    if (cubin)
      if (Status status = checkCubin(code, kernel.entry()->c_str()); !status.ok()) {
        modules.erase(at);
        return status;
      }
    // The driver reads PTX to a NUL, and cubins at any address that suits an ELF header.
    std::string copy(reinterpret_cast<const char *>(code.data), bytes);
    char log[512] = {};
    int names[] = {kJitErrorLog, kJitErrorLogBytes};
    void *values[] = {log, reinterpret_cast<void *>(sizeof(log) - 1)};
    CUresult result = driver.moduleLoad(&at->second, copy.c_str(), 2, names, values);
    if (result != kSuccess) {
      modules.erase(at);
      std::string what = std::string("load the ") + (cubin ? "cubin" : "PTX") + " of kernel " +
                         kernel.entry()->str() + (log[0] ? ", of which the driver says: " : "") +
                         printable(log, strlen(log));
      return driver.check(result, what.c_str());
    }
  }
  module = at->second;
  return {};
}

namespace {
/// Pinned memory, with an event of when the copy out of it is done.
class Stage {
public:
  explicit Stage(const Driver &driver) : driver(driver) {}
  ~Stage() {
    if (event)
      (void)driver.eventDestroy(event);
    if (memory)
      (void)driver.hostFree(memory);
  }
  Status make(uint64_t bytes) {
    V4_TRY(driver.check(driver.hostAllocate(&memory, bytes, 0), "get pinned memory for copying weights"));
    return driver.check(driver.eventCreate(&event, kEventDisableTiming), "make an event");
  }
  Status send(CUdeviceptr to, const uint8_t *from, uint64_t bytes, CUstream stream) {
    V4_TRY(driver.check(driver.eventSynchronize(event), "copy weights to the GPU")); // none yet: done
    memcpy(memory, from, bytes);
    V4_TRY(driver.check(driver.copyToDevice(to, memory, bytes, stream), "copy weights to the GPU"));
    return driver.check(driver.eventRecord(event, stream), "copy weights to the GPU");
  }

private:
  const Driver &driver;
  void *memory = nullptr;
  CUevent event = nullptr;
};
} // namespace

Status LoadedModel::upload(Bytes weights) {
  constexpr uint64_t kChunk = 16 << 20;
  if (weights.size == 0)
    return {};
  V4_TRY(driver.checkMemory(driver.memoryAllocate(&weights_, weights.size), weights.size, "the weights"));
  // While one chunk is on its way, the next is read from the file.
  Stage stages[2] = {Stage(driver), Stage(driver)};
  for (Stage &stage : stages)
    V4_TRY(stage.make(std::min(weights.size, kChunk)));
  constexpr CUstream kDefault = nullptr;
  Status status;
  for (uint64_t at = 0, turn = 0; at < weights.size && status.ok(); at += kChunk, turn ^= 1)
    status =
        stages[turn].send(weights_ + at, weights.data + at, std::min(kChunk, weights.size - at), kDefault);
  Status done = driver.check(driver.streamSynchronize(kDefault), "copy weights to the GPU");
  return status.ok() ? done : status;
}

} // namespace v4rt::cuda

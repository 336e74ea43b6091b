#include "runtime/cuda/CudaDevice.h"

#include "runtime/Manifest.h"

#include <algorithm>
#include <cinttypes>
#include <cstring>

namespace v4rt::cuda {

static constexpr uint64_t kStageBytes = 4 << 20;
static constexpr unsigned kWarp = 32;
static constexpr int64_t kMostGridX = INT32_MAX, kMostGridYZ = 65535;

static CUdeviceptr address(const uint8_t *pointer) { return reinterpret_cast<uintptr_t>(pointer); }

CudaDevice::~CudaDevice() {
  if (!stream || !model.use().ok())
    return;
  (void)driver.streamSynchronize(stream);
  graphs.clear();
  for (CUdeviceptr memory : memories)
    (void)driver.memoryFree(memory);
  for (uint8_t *stage : {outgoing, incoming})
    if (stage)
      (void)driver.hostFree(stage);
  (void)driver.streamDestroy(stream);
}

Status CudaDevice::start() {
  V4_TRY(model.use());
  V4_TRY(driver.check(driver.streamCreate(&stream, kStreamNonBlocking), "make a stream"));
  for (uint8_t **stage : {&outgoing, &incoming}) {
    void *memory = nullptr;
    V4_TRY(driver.check(driver.hostAllocate(&memory, kStageBytes, 0), "get pinned memory"));
    *stage = static_cast<uint8_t *>(memory);
  }
  return {};
}

Status CudaDevice::synchronize() {
  V4_TRY(driver.check(driver.streamSynchronize(stream), "finish what runs on the GPU"));
  sent = 0;
  return {};
}

Status CudaDevice::allocate(uint64_t bytes, const char *what, uint8_t *&pointer) {
  V4_TRY(model.use());
  CUdeviceptr memory = 0;
  bytes = std::max<uint64_t>(bytes, 1);
  V4_TRY(driver.checkMemory(driver.memoryAllocate(&memory, bytes), bytes, what));
  memories.push_back(memory);
  pointer = reinterpret_cast<uint8_t *>(uintptr_t(memory));
  return clear(pointer, bytes);
}

Status CudaDevice::placeWeights(Bytes, const uint8_t *&pointer) {
  pointer = reinterpret_cast<const uint8_t *>(uintptr_t(model.weights())); // of all sessions
  return {};
}

Status CudaDevice::prepare(const std::vector<Program> &) {
  uint64_t bytes;
  V4_TRY(workspaceBytes(manifest, bytes));
  return bytes == 0 ? Status() : allocate(bytes, "the scratch memory of kernels", workspace);
}

Status CudaDevice::write(uint8_t *to, const void *from, uint64_t bytes) {
  V4_TRY(model.use());
  for (uint64_t done = 0; done < bytes;) {
    if (sent == kStageBytes)
      V4_TRY(synchronize());
    uint64_t part = std::min(bytes - done, kStageBytes - sent);
    memcpy(outgoing + sent, static_cast<const uint8_t *>(from) + done, part);
    V4_TRY(driver.check(driver.copyToDevice(address(to) + done, outgoing + sent, part, stream),
                        "copy to the GPU"));
    sent += part;
    done += part;
  }
  return {};
}

Status CudaDevice::read(const uint8_t *from, uint64_t bytes, const uint8_t *&host) {
  V4_TRY(model.use());
  uint8_t *to = incoming;
  if (bytes > kStageBytes) {
    large.resize(bytes);
    to = large.data();
  }
  if (bytes > 0)
    V4_TRY(driver.check(driver.copyToHost(to, address(from), bytes, stream), "copy from the GPU"));
  host = to;
  return synchronize();
}

Status CudaDevice::copy(uint8_t *to, const uint8_t *from, uint64_t bytes) {
  V4_TRY(model.use());
  return bytes == 0
             ? Status()
             : driver.check(driver.copyOnDevice(address(to), address(from), bytes, stream), "copy memory");
}

Status CudaDevice::clear(uint8_t *pointer, uint64_t bytes) {
  V4_TRY(model.use());
  return bytes == 0 ? Status()
                    : driver.check(driver.fill(address(pointer), 0, bytes, stream), "clear memory");
}

Status CudaDevice::run(const Program &program, const Extents &extents, const AfterLaunch &after) {
  V4_TRY(model.use());
  GraphKey key = {program.maxTokens};
  sizes.clear();
  for (const Launch &next : program.launches) {
    LaunchSize size = LaunchSize::of(*next.dispatch, extents);
    sizes.push_back(size);
    key.insert(key.end(), {size.rows, size.grid[0], size.grid[1], size.grid[2]});
  }
  if (!after)
    return graphs.run(key, stream, [&] { return launchAll(program, sizes); });
  for (size_t i = 0; i < sizes.size(); ++i)
    if (sizes[i].programs > 0) {
      V4_TRY(launch(program.launches[i], sizes[i]));
      V4_TRY(after(*program.launches[i].dispatch));
    }
  return {};
}

Status CudaDevice::launchAll(const Program &program, const std::vector<LaunchSize> &sizes) {
  for (size_t i = 0; i < sizes.size(); ++i)
    if (sizes[i].programs > 0)
      V4_TRY(launch(program.launches[i], sizes[i]));
  return {};
}

/// The parameters of a kernel that Triton compiled: the address of each argument, rows, workspace, and two
/// addresses of Triton's own, which these kernels do not use.
Status CudaDevice::launch(const Launch &launch, const LaunchSize &size) {
  uint32_t index = launch.dispatch->kernel();
  const format::DeviceKernel &kernel = *manifest.device()->kernels()->Get(index);
  if (size.grid[0] > kMostGridX || size.grid[1] > kMostGridYZ || size.grid[2] > kMostGridYZ ||
      size.rows > INT32_MAX)
    return fail(V4_UNSUPPORTED,
                "kernel %s would run %" PRId64 " rows in a grid of %" PRId64 " x %" PRId64 " x %" PRId64
                " programs, a GPU takes at most %d x %d x %d",
                kernel.entry()->c_str(), size.rows, size.grid[0], size.grid[1], size.grid[2], int(kMostGridX),
                int(kMostGridYZ), int(kMostGridYZ));
  int32_t rows = int32_t(size.rows);
  void *own[] = {workspace, nullptr, nullptr};
  std::vector<void *> parameters;
  for (void *const &buffer : launch.buffers)
    parameters.push_back(const_cast<void **>(&buffer));
  parameters.push_back(&rows);
  for (void *&pointer : own)
    parameters.push_back(&pointer);
  CUresult result = driver.launchKernel(model.function(index), unsigned(size.grid[0]), unsigned(size.grid[1]),
                                        unsigned(size.grid[2]), kWarp * kernel.warps(), 1, 1,
                                        kernel.shared_bytes(), stream, parameters.data(), nullptr);
  if (result == kSuccess)
    return {};
  return driver.check(result, ("launch kernel " + kernel.entry()->str()).c_str());
}

} // namespace v4rt::cuda

#include "runtime/HostDevice.h"

#include <algorithm>
#include <cstring>

namespace v4rt {

Status HostDevice::start(const cpu::KernelLibrary &kernels, unsigned threads) {
  library = &kernels;
  return pool.start(threads ? threads : std::min(cpu::availableProcessors(), cpu::ThreadPool::kMostThreads));
}

Status HostDevice::allocate(uint64_t bytes, const char *what, uint8_t *&address) {
  auto memory = std::make_unique<Memory>();
  V4_TRY(memory->reserve(bytes, what));
  address = memory->data();
  memories.push_back(std::move(memory));
  return {};
}

Status HostDevice::placeWeights(Bytes weights, const uint8_t *&address) {
  address = weights.data;
  return {};
}

Status HostDevice::write(uint8_t *to, const void *from, uint64_t bytes) {
  memcpy(to, from, bytes);
  return {};
}

Status HostDevice::read(const uint8_t *from, uint64_t, const uint8_t *&host) {
  host = from;
  return {};
}

Status HostDevice::copy(uint8_t *to, const uint8_t *from, uint64_t bytes) {
  memcpy(to, from, bytes);
  return {};
}

Status HostDevice::clear(uint8_t *address, uint64_t bytes) {
  Memory::clear(address, bytes);
  return {};
}

Status HostDevice::run(const Program &program, const Extents &extents, const AfterLaunch &after) {
  for (const Launch &next : program.launches) {
    LaunchSize size = LaunchSize::of(*next.dispatch, extents);
    if (size.programs == 0)
      continue;
    KernelArgs args = {next.buffers.data(), size.rows, {size.grid[0], size.grid[1], size.grid[2]}};
    V4_TRY(launch(next, args, size.programs));
    if (after)
      V4_TRY(after(*next.dispatch));
  }
  return {};
}

Status HostDevice::launch(const Launch &launch, KernelArgs &args, int64_t programs) {
  pool.run(library->kernel(launch.dispatch->kernel()), args, programs);
  return {};
}

} // namespace v4rt

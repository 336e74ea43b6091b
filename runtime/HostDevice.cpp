#include "runtime/HostDevice.h"

#include <algorithm>
#include <cstring>

namespace v4rt {

Status HostDevice::start(const cpu::KernelLibrary &kernels, unsigned threads, bool pinned,
                         const WeightCopies *weightCopies) {
  library = &kernels;
  copies = weightCopies;
  if (threads == 0)
    threads = std::min(cpu::availableProcessors(), cpu::ThreadPool::kMostThreads);
  return pinned ? pool.startPinned(threads) : pool.start(threads);
}

Status HostDevice::allocate(uint64_t bytes, const char *what, uint8_t *&address) {
  auto memory = std::make_unique<Memory>();
  V4_TRY(memory->reserve(bytes, what));
  address = memory->data();
  memories.push_back(std::move(memory));
  return {};
}

Status HostDevice::placeWeights(Bytes weights, const uint8_t *&address) {
  mapped = weights;
  address = copies ? copies->addresses().front() : weights.data;
  return {};
}

Status HostDevice::prepare(const std::vector<Program> &programs) {
  if (!copies || copies->addresses().size() == 1) {
    for (const Program &program : programs)
      lookAhead(program);
    return {};
  }
  uintptr_t first = reinterpret_cast<uintptr_t>(copies->addresses().front());
  for (const Program &program : programs)
    for (const Launch &launch : program.launches)
      for (const uint8_t *copy : copies->addresses()) {
        std::vector<void *> buffers = launch.buffers;
        for (void *&buffer : buffers)
          if (uintptr_t offset = reinterpret_cast<uintptr_t>(buffer) - first; offset < mapped.size)
            buffer = const_cast<uint8_t *>(copy) + offset; // no kernel writes weights
        buffersOfNode[&launch].push_back(std::move(buffers));
      }
  return {};
}

void HostDevice::lookAhead(const Program &program) {
  for (const Launch &launch : program.launches) {
    if (launch.inOrder.empty())
      continue;
    cpu::Ahead &own = matrices[&launch];
    for (size_t i : launch.inOrder)
      own.pieces.push_back({static_cast<const uint8_t *>(launch.buffers[i]), uint64_t(launch.bytes[i])});
    own.programs = LaunchSize::of(*launch.dispatch, Extents{1, 1, 1}).programs;
  }
  // Backwards, and twice: after the last launch comes the first one of the next step.
  const cpu::Ahead *next = nullptr;
  for (int pass = 0; pass < 2; ++pass)
    for (auto launch = program.launches.rbegin(); launch != program.launches.rend(); ++launch) {
      ahead[&*launch] = next;
      if (auto own = matrices.find(&*launch); own != matrices.end())
        next = &own->second;
    }
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
  KernelFn kernel = library->kernel(launch.dispatch->kernel());
  if (buffersOfNode.empty()) {
    auto next = ahead.find(&launch);
    pool.run(kernel, args, programs, next == ahead.end() ? nullptr : next->second);
    return {};
  }
  argsOfNode.clear();
  for (const std::vector<void *> &buffers : buffersOfNode[&launch]) {
    argsOfNode.push_back(args);
    argsOfNode.back().buffers = buffers.data();
  }
  pool.runByNode(kernel, argsOfNode.data(), programs);
  return {};
}

} // namespace v4rt

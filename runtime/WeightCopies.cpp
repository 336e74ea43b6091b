#include "runtime/WeightCopies.h"

#include <algorithm>
#include <cinttypes>
#include <cstring>
#include <sys/mman.h>
#include <thread>

namespace v4rt {

Status WeightCopies::make(Bytes weights, v4_weights_place place) {
  cpu::Processors processors;
  if (place == V4_WEIGHTS_PER_NODE)
    processors = cpu::Processors::available();
  size_t count = std::max<size_t>(1, processors.nodes.size());
  // Memory is taken as it is written: too little would end the process then, not the call.
  uint64_t available = availableMemory();
  if (weights.size > available / count)
    return fail(V4_OUT_OF_MEMORY,
                "no memory for copies of the weights: %zu of %" PRIu64 " bytes, %" PRIu64 " are available",
                count, weights.size, available);
  for (size_t node = 0; node < count; ++node)
    V4_TRY(copy(weights, processors, int(node)));
  // Clean pages of a shared mapping: they stay in the page cache and come back if they are read.
  uint64_t skipped = (kPage - reinterpret_cast<uintptr_t>(weights.data) % kPage) % kPage;
  if (weights.size > skipped)
    madvise(const_cast<uint8_t *>(weights.data) + skipped, weights.size - skipped, MADV_DONTNEED);
  return {};
}

Status WeightCopies::copy(Bytes weights, const cpu::Processors &processors, int node) {
  auto memory = std::make_unique<Memory>();
  V4_TRY(memory->reserve(weights.size, "a copy of the weights"));
  Memory::preferHuge(memory->data(), weights.size);
  Status status;
  // A page comes from the node of the thread that writes it first.
  std::thread writer([&] {
    for (const cpu::Processor &processor : processors.all)
      if (processor.node == node) {
        status = cpu::pin(pthread_self(), processor.number);
        break;
      }
    if (status.ok() && weights.size > 0)
      memcpy(memory->data(), weights.data, weights.size);
  });
  writer.join();
  V4_TRY(status);
  addresses_.push_back(memory->data());
  memories.push_back(std::move(memory));
  return {};
}

} // namespace v4rt

// How the runtime calls a compiled CPU kernel. codegen/Host emits functions of this type.
#pragma once

#include <cstdint>

namespace v4rt {

// The first access of a launch that reached beyond its memory. Such an access is not made: a load gives
// zeros.
struct KernelFault {
  int64_t count;    // of all such accesses; 0: none
  int64_t argument; // of the kernel; -1: the program's scratch memory
  int64_t program;
  int64_t offset; // in bytes, where the access began
};

// Stack that a kernel of the simulated device takes at most for its tiles.
inline constexpr int64_t kMostFrameBytes = int64_t(6) << 20;

// One launch. `buffers[i]` is the base address of the i-th binding.
struct KernelArgs {
  void *const *buffers;
  int64_t rows;    // value of the dispatch's row extent
  int64_t grid[3]; // programs along each dimension, at least 1
  // Kernels of the simulated device only: bytes of each buffer, what went wrong, and memory of all programs
  // together, a kernel's scratch_bytes for each.
  const int64_t *bytes = nullptr;
  KernelFault *fault = nullptr;
  uint8_t *workspace = nullptr;
};

// Runs programs [begin, end) of a grid numbered x + grid[0] * (y + grid[1] * z). Programs of one launch are
// independent: any split over threads gives the same bits.
using KernelFn = void (*)(const KernelArgs *args, int64_t begin, int64_t end);

} // namespace v4rt

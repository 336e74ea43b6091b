// How the runtime calls a compiled CPU kernel. codegen/Host emits functions of this type.
#pragma once

#include <cstdint>

namespace v4rt {

// One launch. `buffers[i]` is the base address of the i-th binding.
struct KernelArgs {
  void *const *buffers;
  int64_t rows;    // value of the dispatch's row extent
  int64_t grid[3]; // programs along each dimension, at least 1
};

// Runs programs [begin, end) of a grid numbered x + grid[0] * (y + grid[1] * z). Programs of one launch are
// independent: any split over threads gives the same bits.
using KernelFn = void (*)(const KernelArgs *args, int64_t begin, int64_t end);

} // namespace v4rt

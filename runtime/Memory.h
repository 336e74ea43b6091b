// Zeroed memory that is taken page by page as it is touched.
#pragma once

#include "runtime/Status.h"

#include <cstdint>

namespace v4rt {

inline constexpr uint64_t kPage = 4096; // bytes

/// Bytes that the system could give without swapping; everything if it does not say.
uint64_t availableMemory();

class Memory {
public:
  Memory() = default;
  ~Memory();
  Memory(const Memory &) = delete;
  Memory &operator=(const Memory &) = delete;

  /// Reserves address space for `bytes`; `what` is for the message.
  Status reserve(uint64_t bytes, const char *what);

  /// Asks for pages of 2 MiB in the range, where it holds whole ones: fewer misses of the address cache.
  /// Memory is then taken in such pieces. Systems without them ignore it.
  static void preferHuge(uint8_t *address, uint64_t bytes);

  /// Makes a range of reserved memory read as zero again and gives its whole pages back.
  static void clear(uint8_t *address, uint64_t bytes);

  uint8_t *data() const { return bytes_; }

private:
  uint8_t *bytes_ = nullptr;
  uint64_t size_ = 0;
};

} // namespace v4rt

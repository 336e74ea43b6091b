#include "runtime/Memory.h"

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstring>
#include <sys/mman.h>

namespace v4rt {

static constexpr uint64_t kPage = 4096;

Memory::~Memory() {
  if (bytes_)
    munmap(bytes_, size_);
}

Status Memory::reserve(uint64_t bytes, const char *what) {
  size_ = std::max<uint64_t>(bytes, 1); // a mapping of nothing is refused
  void *address =
      mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (address == MAP_FAILED)
    return fail(V4_OUT_OF_MEMORY, "cannot reserve %" PRIu64 " bytes for %s: %s", bytes, what,
                strerror(errno));
  bytes_ = static_cast<uint8_t *>(address);
  return {};
}

void Memory::clear(uint64_t offset, uint64_t bytes) {
  uint64_t end = offset + bytes;
  uint64_t firstPage = std::min((offset + kPage - 1) / kPage * kPage, end);
  uint64_t lastPage = std::max(end / kPage * kPage, firstPage);
  memset(bytes_ + offset, 0, firstPage - offset);
  if (lastPage > firstPage && madvise(bytes_ + firstPage, lastPage - firstPage, MADV_DONTNEED) != 0)
    memset(bytes_ + firstPage, 0, lastPage - firstPage); // locked pages cannot be given back
  memset(bytes_ + lastPage, 0, end - lastPage);
}

} // namespace v4rt

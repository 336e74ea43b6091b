#include "runtime/Memory.h"

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <memory>
#include <sys/mman.h>

namespace v4rt {

static constexpr uint64_t kHugePage = uint64_t(2) << 20;

uint64_t availableMemory() {
  std::unique_ptr<FILE, int (*)(FILE *)> file(fopen("/proc/meminfo", "re"), fclose);
  char line[256];
  unsigned long long kilobytes;
  while (file && fgets(line, sizeof(line), file.get()))
    if (sscanf(line, "MemAvailable: %llu kB", &kilobytes) == 1)
      return kilobytes << 10;
  return UINT64_MAX;
}

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

void Memory::preferHuge(uint8_t *address, uint64_t bytes) {
  uint64_t skipped = (kHugePage - reinterpret_cast<uintptr_t>(address) % kHugePage) % kHugePage;
  if (bytes < skipped + kHugePage)
    return;
  madvise(address + skipped, (bytes - skipped) / kHugePage * kHugePage, MADV_HUGEPAGE);
}

void Memory::clear(uint8_t *address, uint64_t bytes) {
  uint64_t toPage = std::min((kPage - reinterpret_cast<uintptr_t>(address) % kPage) % kPage, bytes);
  uint64_t pages = (bytes - toPage) / kPage * kPage;
  memset(address, 0, toPage);
  if (pages > 0 && madvise(address + toPage, pages, MADV_DONTNEED) != 0)
    memset(address + toPage, 0, pages); // locked pages cannot be given back
  memset(address + toPage + pages, 0, bytes - toPage - pages);
}

} // namespace v4rt

#include "tools/v4run/ProcessMemory.h"

#include "runtime/Memory.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

namespace v4run {

uint64_t residentBytes() {
  std::unique_ptr<FILE, int (*)(FILE *)> file(fopen("/proc/self/statm", "re"), fclose);
  unsigned long long all, resident;
  return file && fscanf(file.get(), "%llu %llu", &all, &resident) == 2
             ? resident * uint64_t(sysconf(_SC_PAGESIZE))
             : 0;
}

uint64_t diskFaults() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return uint64_t(usage.ru_majflt);
}

uint64_t bringIntoMemory(v4rt::Bytes mapped) {
  uintptr_t begin = reinterpret_cast<uintptr_t>(mapped.data) / v4rt::kPage * v4rt::kPage;
  uintptr_t end = reinterpret_cast<uintptr_t>(mapped.data) + mapped.size;
  std::vector<unsigned char> pages((end - begin + v4rt::kPage - 1) / v4rt::kPage);
  if (mincore(reinterpret_cast<void *>(begin), end - begin, pages.data()) != 0)
    return 0;
  uint64_t missing = v4rt::kPage * std::count_if(pages.begin(), pages.end(),
                                                 [](unsigned char page) { return (page & 1) == 0; });
  if (missing > v4rt::availableMemory())
    return 0;
  for (size_t i = 0; i < pages.size(); ++i)
    if ((pages[i] & 1) == 0)
      static_cast<void>(*reinterpret_cast<const volatile uint8_t *>(begin + i * v4rt::kPage));
  return missing;
}

} // namespace v4run

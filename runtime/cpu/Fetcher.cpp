#include "runtime/cpu/Fetcher.h"

#include <algorithm>
#include <unistd.h>

namespace v4rt::cpu {

static constexpr uint64_t kLine = 64, kPage = 4096;
/// Lines fetched between two looks at whether the wait is over, at most 50 ns or so.
static constexpr uint64_t kLines = 8;

int64_t chunkOf(int64_t left, unsigned threads) {
  return std::max<int64_t>(1, left / (2 * int64_t(threads)));
}

static uint64_t placeInPage(const uint8_t *address) { return reinterpret_cast<uintptr_t>(address) % kPage; }

/// Half of the second cache: launches in between want some of it.
static uint64_t mostFetched() {
  static const uint64_t bytes = [] {
    long size = sysconf(_SC_LEVEL2_CACHE_SIZE);
    return size > 0 ? uint64_t(size) / 2 : uint64_t(128) << 10;
  }();
  return bytes;
}

void Fetcher::aim(const Ahead *ahead, unsigned number, unsigned threads) {
  if (ahead == last)
    return;
  last = ahead;
  next = end = nullptr;
  if (!ahead)
    return;
  int64_t first = 0;
  for (unsigned i = 0; i < number && first < ahead->programs; ++i)
    first += chunkOf(ahead->programs - first, threads);
  if (first >= ahead->programs)
    return;
  uint64_t all = 0;
  for (const Ahead::Piece &piece : ahead->pieces)
    all += piece.size;
  uint64_t each = all / uint64_t(ahead->programs), at = each * uint64_t(first);
  uint64_t wanted = std::min(each * uint64_t(chunkOf(ahead->programs - first, threads)), mostFetched());
  for (const Ahead::Piece &piece : ahead->pieces) {
    if (at < piece.size) {
      next = piece.begin + at;
      end = next + std::min(wanted, piece.size - at);
      return;
    }
    at -= piece.size;
  }
}

bool Fetcher::fetchSome() {
  if (next >= end)
    return false;
  // Processors drop a prefetch where they do not know the page yet (all that a Xeon was asked for in memory
  // that it had not read for long), and one for the second cache alone when they are busy.
  if (placeInPage(next) < kLines * kLine)
    static_cast<void>(*static_cast<const volatile uint8_t *>(next));
  const uint8_t *until = next + std::min(kLines * kLine, left());
  for (; next < until; next += kLine)
    __builtin_prefetch(next, /*rw=*/0, /*locality=*/3);
  next = until;
  return true;
}

} // namespace v4rt::cpu

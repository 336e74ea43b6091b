#include "runtime/cpu/Patience.h"

#include <algorithm>
#include <ctime>

namespace v4rt::cpu {

// A pause is about 45 ns on the Xeons we measured, 20 on Zen 3: most spins outlast what threads differ by at
// the end of a launch.
static constexpr int kMostSpins = 4000, kLeastSpins = 20;
static constexpr int kWaits = 32;        // between two looks
static constexpr int kMostPenalty = 256; // times kWaits
static constexpr int kLostShare = 16;    // a sixteenth of the time lost is much

static int64_t nanoseconds(clockid_t clock) {
  timespec time;
  clock_gettime(clock, &time);
  return int64_t(time.tv_sec) * 1000000000 + time.tv_nsec;
}

int64_t Patience::now() { return nanoseconds(CLOCK_MONOTONIC); }

void Patience::review() {
  int64_t wallNow = now(), usedNow = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
  waitsLeft = kWaits;
  if (measures && wallNow - wall - (usedNow - used) > (wallNow - wall) / kLostShare) {
    penalty = std::min(2 * penalty, kMostPenalty);
    waitsLeft = kWaits * penalty;
    spinsNow = kLeastSpins;
    measures = false;
    return;
  }
  if (measures)
    penalty = std::max(1, penalty / 2);
  spinsNow = kMostSpins;
  measures = true;
  wall = wallNow, used = usedNow;
}

} // namespace v4rt::cpu

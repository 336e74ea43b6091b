// How the processor rounds, and what it does with subnormal numbers, while kernels run: as in IEEE 754,
// whatever the program around them has chosen. A thread takes its mode from the one that starts it, so
// workers need this, too.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace v4rt::cpu {

/// To nearest, subnormal numbers are numbers, no traps; until it ends.
class FloatMode {
public:
#if defined(__x86_64__)
  FloatMode() : before(_mm_getcsr()) { _mm_setcsr(kDefault); }
  ~FloatMode() { _mm_setcsr(before); }
#else
  FloatMode() {}
#endif
  FloatMode(const FloatMode &) = delete;
  FloatMode &operator=(const FloatMode &) = delete;

private:
#if defined(__x86_64__)
  static constexpr uint32_t kDefault = 0x1f80; // all exceptions masked
  uint32_t before;
#endif
};

} // namespace v4rt::cpu

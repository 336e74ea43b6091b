#include "runtime/cpu/Bf16Dots.h"

#include "runtime/cpu/FloatMode.h"

#if defined(__x86_64__)
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <immintrin.h>
#endif

namespace v4rt::cpu {

#if defined(__x86_64__)

namespace {

constexpr int kLanes = 16;

/// Numbers for trying, the same ones always.
class Draws {
public:
  uint32_t next() {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return uint32_t(state >> 33);
  }
  /// Bits of a bf16 number from 2^-8 to 2^8, in the lower half.
  uint32_t bf16() { return (next() & 1) << 15 | (119 + next() % 16) << 7 | (next() & 0x7f); }
  uint32_t f32() { return next() << 31 | (115 + next() % 24) << 23 | (next() & 0x7fffff); }

private:
  uint64_t state = 1;
};

__attribute__((target("avx512f,avx512bf16"))) bool areInOrder() {
  constexpr int kTries = 64; // of 16 lanes each; another order shows in one of twenty
  Draws draws;
  for (int i = 0; i < kTries; ++i) {
    alignas(64) uint32_t x[kLanes], y[kLanes], sums[kLanes], upper[2][kLanes], lower[2][kLanes];
    for (int lane = 0; lane < kLanes; ++lane) {
      uint32_t pairs[2];
      for (int side = 0; side < 2; ++side) {
        uint32_t first = draws.bf16(), second = draws.bf16();
        pairs[side] = first << 16 | second;
        upper[side][lane] = first << 16;
        lower[side][lane] = second << 16;
      }
      x[lane] = pairs[0], y[lane] = pairs[1], sums[lane] = draws.f32();
    }
    __m512 before = _mm512_load_ps(sums);
    __m512 dots = _mm512_dpbf16_ps(before, reinterpret_cast<__m512bh>(_mm512_load_si512(x)),
                                   reinterpret_cast<__m512bh>(_mm512_load_si512(y)));
    __m512 added = _mm512_fmadd_ps(_mm512_load_ps(upper[0]), _mm512_load_ps(upper[1]), before);
    added = _mm512_fmadd_ps(_mm512_load_ps(lower[0]), _mm512_load_ps(lower[1]), added);
    if (memcmp(&dots, &added, sizeof dots) != 0)
      return false;
  }
  return true;
}

// As many sums as hide the latency of two units.
constexpr int kSums = 12, kSteps = 128;

using Run = float (*)(float);

/// Of dots, or of multiply-adds of f32.
template <bool kDots> __attribute__((noinline, target("avx512f,avx512bf16"))) float run(float start) {
  uint32_t bits;
  memcpy(&bits, &start, sizeof bits);
  __m512bh pairs = reinterpret_cast<__m512bh>(_mm512_set1_epi32(int(bits | bits >> 16)));
  __m512 sums[kSums], factor = _mm512_set1_ps(start);
  for (int i = 0; i < kSums; ++i)
    sums[i] = _mm512_set1_ps(start + float(i));
  for (int step = 0; step < kSteps; ++step)
    for (__m512 &sum : sums)
      sum = kDots ? _mm512_dpbf16_ps(sum, pairs, pairs) : _mm512_fmadd_ps(factor, factor, sum);
  __m512 all = sums[0];
  for (__m512 sum : sums)
    all = _mm512_add_ps(all, sum);
  return _mm512_cvtss_f32(all);
}

double seconds(Run what) {
  // Read and written while the clock runs: what depends on nothing could be computed before, and once.
  volatile float start = 0.5f, result;
  auto begin = std::chrono::steady_clock::now();
  result = what(start);
  (void)result;
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// By turns, so that both meet the same clock rate; the best of each, since something may come between.
bool areFast() {
  constexpr int kTurns = 16;
  constexpr double kWorth = 1.5; // a dot in place of two multiply-adds
  double dots = 1, multiplyAdds = 1;
  for (int i = 0; i < kTurns; ++i) {
    dots = std::min(dots, seconds(run<true>));
    multiplyAdds = std::min(multiplyAdds, seconds(run<false>));
  }
  return dots * kWorth < 2 * multiplyAdds;
}

} // namespace

const Bf16Dots &Bf16Dots::ofThisProcessor() {
  static const Bf16Dots dots = [] {
    FloatMode mode;
    return Bf16Dots{areInOrder(), areFast()};
  }();
  return dots;
}

#else

const Bf16Dots &Bf16Dots::ofThisProcessor() {
  static const Bf16Dots dots;
  return dots;
}

#endif

} // namespace v4rt::cpu

#include "tools/v4run/MachineLimits.h"

#include "runtime/cpu/ThreadPool.h"
#include "tools/v4run/Failure.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

namespace v4run {

namespace {

constexpr size_t kBytes = size_t(1) << 29;
constexpr int64_t kDotSteps = 2000000;
constexpr int kBatches = 50, kLaunches = 200;

/// Seconds of a run of `work(thread)` on all threads.
double secondsOf(unsigned threads, const std::function<void(unsigned)> &work) {
  auto start = std::chrono::steady_clock::now();
  std::vector<std::thread> others;
  for (unsigned t = 1; t < threads; ++t)
    others.emplace_back(work, t);
  work(0);
  for (std::thread &other : others)
    other.join();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double fastest(unsigned threads, const std::function<void(unsigned)> &work) {
  constexpr int kRuns = 7;
  double best = 1e30;
  for (int i = 0; i < kRuns; ++i)
    best = std::min(best, secondsOf(threads, work));
  return best;
}

/// Seconds of a run when runs follow each other for `seconds`.
double average(unsigned threads, double seconds, const std::function<void(unsigned)> &work) {
  double total = 0;
  int runs = 0;
  for (; total < seconds || runs == 0; ++runs)
    total += secondsOf(threads, work);
  return total / runs;
}

using Vector16 = float __attribute__((vector_size(64)));
using Vector8 = float __attribute__((vector_size(32)));

using Words512 = uint64_t __attribute__((vector_size(64)));
using Words256 = uint64_t __attribute__((vector_size(32)));

// A thread that reads several places in turn is faster than one that reads straight ahead: what fetches ahead
// stops at every page, and then goes on in the others. Some processors read more if asked to fetch, some do
// not.
constexpr size_t kLine = 64, kStepLines = 2, kMostStreams = 8;

template <typename Words, size_t kStreams, size_t kAhead>
__attribute__((always_inline)) inline uint64_t sum(const char *bytes, size_t count) {
  constexpr size_t kStep = kStepLines * kLine, kParts = kStep / sizeof(Words);
  Words totals[kParts] = {};
  size_t each = count / kStreams / kStep * kStep;
  for (size_t i = 0; i < each; i += kStep)
    for (size_t stream = 0; stream < kStreams; ++stream) {
      const char *at = bytes + stream * each + i;
      for (size_t line = 0; kAhead > 0 && line < kStep; line += kLine)
        __builtin_prefetch(at + line + kAhead, 0, 2);
      for (size_t part = 0; part < kParts; ++part)
        totals[part] += reinterpret_cast<const Words *>(at)[part];
    }
  uint64_t all = 0;
  for (const Words &total : totals)
    for (size_t lane = 0; lane < sizeof(Words) / sizeof(uint64_t); ++lane)
      all += total[lane];
  return all;
}

#define V4_READER(name, features, Words, streams, ahead)                                                     \
  __attribute__((noinline, target(features))) uint64_t name(const char *bytes, size_t count) {               \
    return sum<Words, streams, ahead>(bytes, count);                                                         \
  }
V4_READER(read512, "avx512f", Words512, 8, 0)
V4_READER(read512Ahead, "avx512f", Words512, 4, 1024)
V4_READER(read256, "avx2", Words256, 8, 0)
V4_READER(read256Ahead, "avx2", Words256, 4, 1024)
#undef V4_READER

/// What each thread reads: whole steps of all streams.
size_t bytesOfThread(unsigned threads) {
  constexpr size_t kWhole = kMostStreams * kStepLines * kLine;
  return kBytes / threads / kWhole * kWhole;
}

// Enough independent sums to hide the latency of two multiply-add units.
constexpr int kSums = 12;

template <typename Vector>
__attribute__((always_inline)) inline float multiplyAdd(int64_t steps, float start) {
#pragma clang fp contract(fast)
  Vector sums[kSums], a = start - Vector{}, b = 1e-9f - Vector{};
  for (int i = 0; i < kSums; ++i) // all different, or they would be one
    sums[i] = a * (1.0f + float(i));
  for (int64_t i = 0; i < steps; ++i)
    for (Vector &each : sums)
      each = each * a + b;
  float result = 0;
  for (const Vector &each : sums)
    for (size_t lane = 0; lane < sizeof(Vector) / sizeof(float); ++lane)
      result += each[lane];
  return result;
}

__attribute__((noinline, target("avx512f,avx512vl,fma"))) float multiplyAdd512(int64_t steps, float start) {
  return multiplyAdd<Vector16>(steps, start);
}
__attribute__((noinline, target("avx2,fma"))) float multiplyAdd256(int64_t steps, float start) {
  return multiplyAdd<Vector8>(steps, start);
}

/// Of 16 sums, each of two products of BF16 numbers a step. A processor may do these faster than
/// multiply-adds of f32, or at half their rate.
__attribute__((noinline, target("avx512f,avx512bf16"))) float addProductsBF16(int64_t steps, float start) {
  using Pairs = __bf16 __attribute__((vector_size(64)));
  using Bits = uint32_t __attribute__((vector_size(64)));
  uint32_t bits;
  memcpy(&bits, &start, sizeof bits);
  bits = (bits & 0xffff0000) | bits >> 16;
  Bits two = bits - Bits{};
  Pairs a = reinterpret_cast<Pairs>(two);
  Vector16 sums[kSums];
  for (int i = 0; i < kSums; ++i)
    sums[i] = start * float(i) - Vector16{};
  for (int64_t i = 0; i < steps; ++i)
    for (Vector16 &each : sums)
      each = __builtin_ia32_dpbf16ps_512(each, a, a);
  float result = 0;
  for (const Vector16 &each : sums)
    result += each[0];
  return result;
}

bool wide() { return __builtin_cpu_supports("avx512f"); }

/// What this processor can do.
std::vector<Multiplier> multipliers() {
  std::vector<Multiplier> result;
  if (wide())
    result.push_back({"f32 in AVX-512", multiplyAdd512, 2 * 16});
  else
    result.push_back({"f32 in AVX2", multiplyAdd256, 2 * 8});
  if (wide() && __builtin_cpu_supports("avx512bf16"))
    result.push_back({"bf16 dots in AVX-512", addProductsBF16, 2 * 32});
  return result;
}

void nothing(const v4rt::KernelArgs *, int64_t, int64_t) {}

/// What a launch costs that has a program for each thread and nothing in them, in the best of many batches.
double emptyLaunchSeconds(unsigned threads, bool pinned) {
  v4rt::cpu::ThreadPool pool;
  check(pinned ? pool.startPinned(threads) : pool.start(threads));
  v4rt::KernelArgs args = {nullptr, 1, {threads, 1, 1}};
  double best = 1e30;
  for (int batch = 0; batch < kBatches; ++batch) {
    auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kLaunches; ++i)
      pool.run(nothing, args, threads);
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best / kLaunches;
}

} // namespace

MachineMeter::MachineMeter(unsigned threads, bool pinned) : threads(threads), pinned(pinned) {
  check(memory.reserve(kBytes, "memory to read"));
  v4rt::Memory::preferHuge(memory.data(), kBytes);
  memset(memory.data(), 1, kBytes);
}

uint64_t MachineMeter::bytes() const { return kBytes; }

double MachineMeter::bytesOfReading() const { return double(bytesOfThread(threads) * threads); }

MachineMeter::Work MachineMeter::reading(Reader read) const {
  const char *begin = reinterpret_cast<const char *>(memory.data());
  size_t share = bytesOfThread(threads);
  return [=](unsigned t) {
    volatile uint64_t used = read(begin + t * share, share);
    (void)used;
  };
}

double MachineMeter::flopOf(const Multiplier &each) const {
  return each.flopOfStep * kSums * double(kDotSteps) * threads;
}

MachineMeter::Work MachineMeter::multiplying(const Multiplier &each) const {
  return [run = each.run](unsigned) {
    volatile float result = run(kDotSteps, 0.5f);
    (void)result;
  };
}

MachineLimits MachineMeter::measure() {
  double seconds = 1e30, flop = 0;
  for (Reader candidate : wide() ? std::array{read512, read512Ahead} : std::array{read256, read256Ahead})
    if (double own = fastest(threads, reading(candidate)); own < seconds)
      seconds = own, reader = candidate;
  rates.clear();
  for (const Multiplier &candidate : multipliers()) {
    double own = flopOf(candidate) / fastest(threads, multiplying(candidate));
    rates.push_back({candidate.name, own});
    if (own > flop)
      flop = own, multiplier = candidate;
  }
  return {bytesOfReading() / seconds, flop, multiplier.name, emptyLaunchSeconds(threads, pinned)};
}

void MachineMeter::sample(double seconds) {
  reads.push_back(bytesOfReading() / average(threads, seconds, reading(reader)));
  dots.push_back(flopOf(multiplier) / average(threads, seconds, multiplying(multiplier)));
}

MachineLimits MachineMeter::sampled(size_t first) const {
  return {median({reads.begin() + long(first), reads.end()}),
          median({dots.begin() + long(first), dots.end()}), multiplier.name, 0};
}

double median(std::vector<double> values) {
  auto middle = values.begin() + long(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

} // namespace v4run

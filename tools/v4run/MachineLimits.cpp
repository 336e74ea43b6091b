#include "tools/v4run/MachineLimits.h"

#include "runtime/cpu/ThreadPool.h"
#include "tools/v4run/Failure.h"

#include <algorithm>
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

/// Seconds of the fastest of several runs of `work(thread)` on all threads.
double fastest(unsigned threads, int repetitions, const std::function<void(unsigned)> &work) {
  double best = 1e30;
  for (int i = 0; i < repetitions; ++i) {
    auto start = std::chrono::steady_clock::now();
    std::vector<std::thread> others;
    for (unsigned t = 1; t < threads; ++t)
      others.emplace_back(work, t);
    work(0);
    for (std::thread &other : others)
      other.join();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

__attribute__((target_clones("avx512f", "avx2", "default"))) uint64_t sum(const uint64_t *values,
                                                                          size_t count) {
  uint64_t total[32] = {};
  for (size_t i = 0; i + 32 <= count; i += 32)
    for (size_t j = 0; j < 32; ++j)
      total[j] += values[i + j];
  uint64_t all = 0;
  for (uint64_t part : total)
    all += part;
  return all;
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

using Vector16 = float __attribute__((vector_size(64)));
using Vector8 = float __attribute__((vector_size(32)));

__attribute__((noinline, target("avx512f,avx512vl,fma"))) float multiplyAdd512(int64_t steps, float start) {
  return multiplyAdd<Vector16>(steps, start);
}
__attribute__((noinline, target("avx2,fma"))) float multiplyAdd256(int64_t steps, float start) {
  return multiplyAdd<Vector8>(steps, start);
}

void nothing(const v4rt::KernelArgs *, int64_t, int64_t) {}

/// What a launch costs that has a program for each thread and nothing in them, in the best of many batches.
double emptyLaunchSeconds(unsigned threads, bool pinned) {
  v4rt::cpu::ThreadPool pool;
  if (v4rt::Status status = pinned ? pool.startPinned(threads) : pool.start(threads); !status.ok())
    throw Failure(status.text());
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
  if (v4rt::Status status = memory.reserve(kBytes, "memory to read"); !status.ok())
    throw Failure(status.text());
  v4rt::Memory::preferHuge(memory.data(), kBytes);
  memset(memory.data(), 1, kBytes);
}

uint64_t MachineMeter::bytes() const { return kBytes; }

double MachineMeter::readBytesPerSecond(int repetitions) {
  volatile uint64_t used = 0;
  const auto *values = reinterpret_cast<const uint64_t *>(memory.data());
  size_t share = kBytes / sizeof(uint64_t) / threads;
  double seconds = fastest(threads, repetitions, [&](unsigned t) { used = sum(values + t * share, share); });
  return double(share) * threads * sizeof(uint64_t) / seconds;
}

double MachineMeter::dotFlopPerSecond(int repetitions) {
  bool wide = __builtin_cpu_supports("avx512f");
  volatile float result = 0;
  double seconds = fastest(threads, repetitions, [&](unsigned) {
    result = wide ? multiplyAdd512(kDotSteps, 0.5f) : multiplyAdd256(kDotSteps, 0.5f);
  });
  return 2.0 * (wide ? 16 : 8) * kSums * double(kDotSteps) * threads / seconds;
}

MachineLimits MachineMeter::measure() {
  constexpr int kRepetitions = 7;
  return {readBytesPerSecond(kRepetitions), dotFlopPerSecond(kRepetitions),
          __builtin_cpu_supports("avx512f") ? "f32 in AVX-512" : "f32 in AVX2",
          emptyLaunchSeconds(threads, pinned)};
}

void MachineMeter::raise(MachineLimits &limits) {
  constexpr int kQuick = 3;
  limits.readBytesPerSecond = std::max(limits.readBytesPerSecond, readBytesPerSecond(kQuick));
  limits.dotFlopPerSecond = std::max(limits.dotFlopPerSecond, dotFlopPerSecond(kQuick));
}

} // namespace v4run

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

// A thread that reads several places in turn is faster than one that reads straight ahead: what fetches ahead
// stops at every page, and then goes on in the others.
constexpr size_t kStreams = 8, kStep = 16;

__attribute__((target_clones("avx512f", "avx2", "default"))) uint64_t sum(const uint64_t *values,
                                                                          size_t count) {
  uint64_t total[kStep] = {};
  size_t each = count / kStreams;
  for (size_t i = 0; i + kStep <= each; i += kStep)
    for (size_t stream = 0; stream < kStreams; ++stream)
      for (size_t j = 0; j < kStep; ++j)
        total[j] += values[stream * each + i + j];
  uint64_t all = 0;
  for (uint64_t part : total)
    all += part;
  return all;
}

/// What each thread reads: whole steps of all streams.
size_t wordsOfThread(unsigned threads) {
  return kBytes / sizeof(uint64_t) / threads / (kStreams * kStep) * (kStreams * kStep);
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

bool wide() { return __builtin_cpu_supports("avx512f"); }
const char *dotName() { return wide() ? "f32 in AVX-512" : "f32 in AVX2"; }

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

double MachineMeter::bytesOfReading() const {
  return double(wordsOfThread(threads) * threads * sizeof(uint64_t));
}

MachineMeter::Work MachineMeter::reading() {
  const auto *values = reinterpret_cast<const uint64_t *>(memory.data());
  size_t share = wordsOfThread(threads);
  return [=](unsigned t) {
    volatile uint64_t used = sum(values + t * share, share);
    (void)used;
  };
}

double MachineMeter::flopOfMultiplying() const {
  return 2.0 * (wide() ? 16 : 8) * kSums * double(kDotSteps) * threads;
}

MachineMeter::Work MachineMeter::multiplying() {
  return [](unsigned) {
    volatile float result = wide() ? multiplyAdd512(kDotSteps, 0.5f) : multiplyAdd256(kDotSteps, 0.5f);
    (void)result;
  };
}

MachineLimits MachineMeter::measure() {
  return {bytesOfReading() / fastest(threads, reading()),
          flopOfMultiplying() / fastest(threads, multiplying()), dotName(),
          emptyLaunchSeconds(threads, pinned)};
}

void MachineMeter::sample(double seconds) {
  reads.push_back(bytesOfReading() / average(threads, seconds, reading()));
  dots.push_back(flopOfMultiplying() / average(threads, seconds, multiplying()));
}

MachineLimits MachineMeter::sampled(size_t first) const {
  return {median({reads.begin() + long(first), reads.end()}),
          median({dots.begin() + long(first), dots.end()}), dotName(), 0};
}

double median(std::vector<double> values) {
  auto middle = values.begin() + long(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

} // namespace v4run

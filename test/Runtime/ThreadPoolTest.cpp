#include "runtime/cpu/ThreadPool.h"

#include <chrono>
#include <gtest/gtest.h>
#include <numeric>
#include <thread>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

using v4rt::KernelArgs;
using v4rt::KernelFn;
using v4rt::cpu::ThreadPool;

/// Adds 1 to each program's own counter: plain memory, so that a thread sanitizer sees a program run twice or
/// a launch begin before the last one is over.
static void countPrograms(const KernelArgs *args, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; ++i)
    ++static_cast<int64_t *>(args->buffers[0])[i];
}

/// counters[i] += counters[n - 1 - i] of the last launch: depends on all of it.
static void mirror(const KernelArgs *args, int64_t begin, int64_t end) {
  auto *from = static_cast<const int64_t *>(args->buffers[0]);
  auto *to = static_cast<int64_t *>(args->buffers[1]);
  for (int64_t i = begin; i < end; ++i)
    to[i] = from[args->grid[0] - 1 - i] + 1;
}

TEST(ThreadPool, RunsEveryProgramOnce) {
  for (unsigned threads : {1u, 2u, 3u, 7u}) {
    ThreadPool pool;
    ASSERT_TRUE(pool.start(threads).ok());
    EXPECT_EQ(pool.threads(), threads);
    for (int64_t programs : {0, 1, 2, 3, 10, 1000}) {
      std::vector<int64_t> counters(programs + 1);
      void *buffers[] = {counters.data()};
      KernelArgs args = {buffers, 1, {programs, 1, 1}};
      for (int launch = 0; launch < 50; ++launch)
        pool.run(countPrograms, args, programs);
      for (int64_t i = 0; i < programs; ++i)
        ASSERT_EQ(counters[i], 50) << i << " of " << programs;
      EXPECT_EQ(counters[programs], 0);
    }
  }
}

TEST(ThreadPool, ALaunchSeesTheOneBefore) {
  ThreadPool pool;
  ASSERT_TRUE(pool.start(3).ok());
  std::vector<int64_t> a(97), b(97);
  void *forth[] = {a.data(), b.data()}, *back[] = {b.data(), a.data()};
  for (int launch = 0; launch < 1000; ++launch) {
    KernelArgs args = {launch % 2 ? back : forth, 1, {97, 1, 1}};
    pool.run(mirror, args, 97);
  }
  EXPECT_EQ(a, std::vector<int64_t>(97, 1000));
}

TEST(ThreadPool, WorkersWakeFromSleep) {
  ThreadPool pool;
  ASSERT_TRUE(pool.start(4).ok());
  std::vector<int64_t> counters(64);
  void *buffers[] = {counters.data()};
  KernelArgs args = {buffers, 1, {64, 1, 1}};
  for (int launch = 0; launch < 20; ++launch) {
    pool.run(countPrograms, args, 64);
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
  }
  EXPECT_EQ(counters, std::vector<int64_t>(64, 20));
}

#if defined(__x86_64__)
/// One and a half times a subnormal number and not exact: the mode of the processor decides.
static void growSubnormal(const KernelArgs *args, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; ++i) {
    volatile float subnormal = 0x1.8p-127f;
    static_cast<float *>(args->buffers[0])[i] = subnormal * 1.5f;
  }
}

TEST(ThreadPool, KernelsRunInOneModeOfFloats) {
  constexpr unsigned kFlushAndRoundUp = 0x8040 | 0x4000;
  unsigned before = _mm_getcsr();
  std::vector<float> normal(64), strange(64);
  for (auto [values, mode] : {std::pair(&normal, 0u), {&strange, kFlushAndRoundUp}}) {
    _mm_setcsr(before | mode);
    for (unsigned threads : {1u, 3u}) {
      ThreadPool pool;
      ASSERT_TRUE(pool.start(threads).ok());
      void *buffers[] = {values->data()};
      KernelArgs args = {buffers, 1, {64, 1, 1}};
      pool.run(growSubnormal, args, 64);
    }
    EXPECT_EQ(_mm_getcsr() & mode, mode);
    _mm_setcsr(before);
  }
  EXPECT_EQ(normal, std::vector<float>(64, 0x1.2p-126f));
  EXPECT_EQ(strange, normal);
}
#endif

TEST(Patience, AThreadThatLostItsTimeSpinsLittleForAWhile) {
  v4rt::cpu::Patience patience;
  auto waits = [&](int count) {
    int spins = 0;
    for (int i = 0; i < count; ++i)
      spins = patience.spins();
    return spins;
  };
  int most = waits(1);
  EXPECT_EQ(waits(31), most);
  // As if another had the processor.
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  int least = waits(1);
  EXPECT_LT(least, most);
  EXPECT_EQ(waits(63), least);
  EXPECT_EQ(waits(1), most);
  // The second time it takes twice as long.
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(waits(32), least);
  EXPECT_EQ(waits(127), least);
  EXPECT_EQ(waits(1), most);
}

TEST(ThreadPool, RefusesAbsurdCounts) {
  ThreadPool none, many;
  EXPECT_EQ(none.start(0).text(), "0 threads were asked for, 1 to 1024 are possible");
  EXPECT_EQ(many.start(1025).code(), V4_INVALID_ARGUMENT);
}

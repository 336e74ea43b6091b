#include "runtime/cpu/ThreadPool.h"

#include "runtime/cpu/FloatMode.h"

#include <algorithm>
#include <sched.h>
#include <system_error>

namespace v4rt::cpu {

static inline void pauseBriefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

template <typename Condition>
bool ThreadPool::spinUntil(Patience &patience, Fetcher &fetcher, Condition condition) const {
  if (!maySpin)
    return condition();
  for (int i = patience.spins(); i > 0; --i) {
    if (condition())
      return true;
    if (!fetcher.fetchSome())
      pauseBriefly();
  }
  return false;
}

unsigned availableProcessors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0)
    return CPU_COUNT(&set);
  return std::max(1u, std::thread::hardware_concurrency()); // more processors than a cpu_set_t has bits
}

ThreadPool::~ThreadPool() {
  stopping.store(true, std::memory_order_relaxed);
  epoch.fetch_add(1);
  wakeWorkers();
  for (std::thread &worker : workers)
    worker.join();
}

Status ThreadPool::start(unsigned threads) {
  if (threads == 0 || threads > kMostThreads)
    return fail(V4_INVALID_ARGUMENT, "%u threads were asked for, 1 to %u are possible", threads,
                kMostThreads);
  // With fewer processors than threads, a spinning thread would hold up the one that it waits for.
  maySpin = threads <= availableProcessors();
  workers.reserve(threads - 1);
  try {
    for (unsigned i = 1; i < threads; ++i)
      workers.emplace_back([this, i] { workerLoop(i); });
  } catch (const std::system_error &error) {
    return fail(V4_OUT_OF_MEMORY, "thread %zu of %u cannot be started: %s", workers.size() + 2, threads,
                error.what());
  }
  return {};
}

Status ThreadPool::startPinned(unsigned threads) {
  processors = Processors::available();
  if (threads > processors.all.size())
    return fail(V4_INVALID_ARGUMENT, "%u threads cannot be pinned to %zu processors, one to each", threads,
                processors.all.size());
  V4_TRY(start(threads));
  for (size_t i = 0; i < workers.size(); ++i)
    V4_TRY(pin(workers[i].native_handle(), processors.all[i + 1].number));
  return {};
}

// Kernels are plain machine code: there is no type record before them for -fsanitize=function to look at.
[[clang::no_sanitize("function")]] static void call(KernelFn kernel, const KernelArgs *args, int64_t begin,
                                                    int64_t end) {
  kernel(args, begin, end);
}

void ThreadPool::takeChunks(int node) {
  const KernelArgs *args = job.args + size_t(node) * job.stride;
  int64_t begin = next.load(std::memory_order_relaxed);
  while (begin < job.programs) {
    int64_t end = begin + chunkOf(job.programs - begin, threads());
    if (!next.compare_exchange_weak(begin, end, std::memory_order_relaxed))
      continue;
    call(job.kernel, args, begin, end);
    begin = next.load(std::memory_order_relaxed);
  }
}

void ThreadPool::run(KernelFn kernel, const KernelArgs &args, int64_t programs, const Ahead *ahead) {
  launch(Job{kernel, &args, 0, programs, ahead}, 0);
}

void ThreadPool::runByNode(KernelFn kernel, const KernelArgs *argsOfNode, int64_t programs) {
  launch(Job{kernel, argsOfNode, 1, programs, nullptr}, nodeHere(processors));
}

void ThreadPool::launch(const Job &wanted, int callersNode) {
  if (wanted.programs <= 0)
    return;
  FloatMode mode;
  if (workers.empty() || wanted.programs == 1) { // a launch of one program is not worth a wake-up
    call(wanted.kernel, wanted.args + size_t(callersNode) * wanted.stride, 0, wanted.programs);
    return;
  }
  job = wanted;
  next.store(0, std::memory_order_relaxed);
  busy.store(workers.size(), std::memory_order_relaxed);
  epoch.fetch_add(1); // publishes the job; sequentially consistent, see wakeWorkers
  wakeWorkers();
  takeChunks(callersNode);
  callerFetcher.aim(wanted.ahead, 0, threads());
  awaitWorkers();
}

// Here and in awaitWorkers: one side writes its counter and then reads the other's, the other side the
// reverse. In the one order of sequentially consistent operations at least one of them sees the other, so no
// wake-up is lost.
void ThreadPool::wakeWorkers() {
  if (sleepers.load() == 0)
    return;
  std::lock_guard<std::mutex> lock(mutex);
  wake.notify_all();
}

void ThreadPool::awaitWorkers() {
  if (spinUntil(callerPatience, callerFetcher, [this] { return busy.load(std::memory_order_acquire) == 0; }))
    return;
  std::unique_lock<std::mutex> lock(mutex);
  callerSleeps.store(true);
  callerPatience.pass([&] { finished.wait(lock, [this] { return busy.load() == 0; }); });
  callerSleeps.store(false);
}

void ThreadPool::workerLoop(unsigned number) {
  int node = processors.all.empty() ? 0 : processors.all[number].node;
  FloatMode mode;
  uint32_t seen = 0;
  Patience patience;
  Fetcher fetcher;
  while (true) {
    if (!spinUntil(patience, fetcher, [&] { return epoch.load(std::memory_order_acquire) != seen; })) {
      std::unique_lock<std::mutex> lock(mutex);
      sleepers.fetch_add(1);
      patience.pass([&] { wake.wait(lock, [&] { return epoch.load() != seen; }); });
      sleepers.fetch_sub(1);
    }
    ++seen; // the caller waits for every worker, so no epoch is ever skipped
    if (stopping.load(std::memory_order_relaxed))
      return;
    takeChunks(node);
    fetcher.aim(job.ahead, number, threads()); // before the caller may write the next job
    if (busy.fetch_sub(1) == 1 && callerSleeps.load()) {
      std::lock_guard<std::mutex> lock(mutex);
      finished.notify_one();
    }
  }
}

} // namespace v4rt::cpu

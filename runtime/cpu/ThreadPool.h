// The threads of a session. They split the programs of one dispatch after another among themselves and the
// caller.
//
// How a dispatch passes through: the caller writes `job`, then raises `epoch` (release); workers see the
// epoch (acquire), take chunks off `next`, and count themselves out of `busy` (release); the caller
// works too, then waits for `busy` to be 0 (acquire). Nobody is inside a job when the next one is written.
// Waiting means to spin for some microseconds, as dispatches follow each other closely, then to sleep
// (Patience.h). Who spins fetches what a later dispatch reads (Fetcher.h).
#pragma once

#include "runtime/cpu/Fetcher.h"
#include "runtime/cpu/Patience.h"
#include "runtime/cpu/Processors.h"
#include "runtime/format/KernelAbi.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace v4rt::cpu {

/// How many processors this process may run on, at least 1.
unsigned availableProcessors();

class ThreadPool {
public:
  static constexpr unsigned kMostThreads = 1024;

  ThreadPool() = default;
  ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;

  /// Starts `threads` - 1 workers; there may be more threads than processors. Called once.
  Status start(unsigned threads);
  /// The same, each worker on a processor of its own, so with as many processors at least. The caller is not
  /// pinned: it is the program's thread, and the first processor is left free.
  Status startPinned(unsigned threads);

  /// Runs programs [0, programs) of a launch, in FloatMode, and returns when all are done. `ahead`: what a
  /// later launch reads, null if that is not known; it stays there until another is given.
  void run(KernelFn kernel, const KernelArgs &args, int64_t programs, const Ahead *ahead = nullptr);

  /// Each thread passes the arguments for the memory node it is on. Only after startPinned.
  void runByNode(KernelFn kernel, const KernelArgs *argsOfNode, int64_t programs);

  unsigned threads() const { return workers.size() + 1; }

private:
  struct Job {
    KernelFn kernel;
    const KernelArgs *args; // of node n: args[n * stride]
    size_t stride;
    int64_t programs;
    const Ahead *ahead;
  };

  void launch(const Job &job, int callersNode);
  void workerLoop(unsigned number);
  void takeChunks(int node);
  template <typename Condition>
  bool spinUntil(Patience &patience, Fetcher &fetcher, Condition condition) const;
  void wakeWorkers();
  void awaitWorkers();

  Processors processors; // empty: not pinned
  Job job = {};
  bool maySpin = false;
  Patience callerPatience;
  Fetcher callerFetcher;
  alignas(64) std::atomic<uint32_t> epoch{0};
  alignas(64) std::atomic<int64_t> next{0};
  alignas(64) std::atomic<uint32_t> busy{0};
  alignas(64) std::atomic<uint32_t> sleepers{0};
  std::atomic<bool> callerSleeps{false};
  std::atomic<bool> stopping{false};
  std::mutex mutex;
  std::condition_variable wake, finished;
  std::vector<std::thread> workers;
};

} // namespace v4rt::cpu

// One line on standard error for what takes longer than a second.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace v4c {

/// On a terminal the line is renewed in place; elsewhere one is written every few seconds. A thread of its
/// own writes, so that stages need not report.
class Progress {
public:
  explicit Progress(bool quiet);
  ~Progress();

  /// What happens now: "compiling kernels".
  void begin(const std::string &stage);
  /// So much of the stage is done. Any thread.
  void update(uint64_t done, uint64_t total);
  /// Wipes the line and writes no more.
  void stop();

private:
  void run();
  void write();

  using Clock = std::chrono::steady_clock;
  const bool terminal;
  std::mutex mutex;
  std::condition_variable changed;
  bool stopped = false;
  bool dirty = false; // the terminal's line has text
  std::string stage;
  uint64_t done = 0, total = 0;
  std::thread writer;
};

} // namespace v4c

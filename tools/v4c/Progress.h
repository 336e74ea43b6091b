// One line on standard error for what takes longer than a second.
#pragma once

#include "tools/Rate.h"

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

  /// What happens now: "compiling kernels". `inBytes`: what update() counts, so that a rate says something.
  void begin(const std::string &stage, bool inBytes = false);
  /// A line of its own, also where it is quiet.
  void note(const std::string &sentence);
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
  bool bytes = false;
  uint64_t done = 0, total = 0;
  v4tools::RateMeter rate;
  std::thread writer;
};

} // namespace v4c

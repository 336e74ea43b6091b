// A line on the terminal for whatever takes longer than a second.
#pragma once

#include "tools/Rate.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace v4run {

/// With the rate and the time left. Says nothing during the first second, nor where stderr is no terminal.
/// The line is removed at the end.
class Progress {
public:
  /// "packing weights"; `unit` is what is counted, "tokens".
  Progress(std::string what, std::string unit);
  ~Progress();
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;

  void update(uint64_t done, uint64_t total);
  void clear();

private:
  using Clock = std::chrono::steady_clock;
  std::string what, unit;
  Clock::time_point next; // nothing is shown before
  bool shown = false, isTerminal;
  v4tools::RateMeter rate;
};

} // namespace v4run

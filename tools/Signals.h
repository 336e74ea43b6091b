// Signals that ask a program to end, for work that can be stopped and gone on with.
#pragma once

#include <atomic>
#include <csignal>

namespace v4tools {

/// While one exists, the first SIGINT, SIGTERM or SIGHUP is noted instead of ending the process. A second one
/// ends it.
class CaughtSignals {
public:
  CaughtSignals();
  ~CaughtSignals();
  CaughtSignals(const CaughtSignals &) = delete;
  CaughtSignals &operator=(const CaughtSignals &) = delete;

  /// The number of the signal, 0 while there was none.
  static const std::atomic<int> &number();

private:
  static constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};
  struct sigaction before[3];
};

} // namespace v4tools

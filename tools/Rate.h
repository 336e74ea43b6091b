// How fast something goes, and what it took.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace v4tools {

/// The rate of the last seconds.
class RateMeter {
public:
  void update(uint64_t done);
  void reset() { *this = {}; }

  /// 0 while it cannot be told yet.
  double perSecond() const { return rate; }
  double secondsLeft(uint64_t done, uint64_t total) const;

private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point last;
  uint64_t lastDone = 0;
  bool started = false;
  double rate = 0;
};

/// "9 s", "3 min", "2 h 5 min".
std::string durationText(double seconds);

/// "2.43 GB", with powers of 1000, as disks are sold.
std::string bytesText(double bytes);

/// The most memory that was resident since this process started its program; 0 if the system does not tell.
uint64_t peakResidentBytes();

} // namespace v4tools

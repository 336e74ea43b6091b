#include "tools/Rate.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace v4tools {

void RateMeter::update(uint64_t done) {
  constexpr double kWindow = 5;
  Clock::time_point now = Clock::now();
  double seconds = std::chrono::duration<double>(now - last).count();
  if (!started || done < lastDone) {
    started = true;
    rate = 0;
  } else if (seconds < 0.1) {
    return;
  } else {
    double current = static_cast<double>(done - lastDone) / seconds;
    double weight = rate > 0 ? 1 - std::exp(-seconds / kWindow) : 1;
    rate += weight * (current - rate);
  }
  last = now;
  lastDone = done;
}

double RateMeter::secondsLeft(uint64_t done, uint64_t total) const {
  return rate > 0 && total > done ? static_cast<double>(total - done) / rate : 0;
}

std::string durationText(double seconds) {
  auto whole = static_cast<unsigned long long>(std::max(1.0, std::round(std::min(seconds, 1e12))));
  char text[64];
  if (whole < 120)
    snprintf(text, sizeof text, "%llu s", whole);
  else if (whole < 7200)
    snprintf(text, sizeof text, "%llu min", (whole + 30) / 60);
  else
    snprintf(text, sizeof text, "%llu h %llu min", whole / 3600, whole % 3600 / 60);
  return text;
}

std::string bytesText(double bytes) {
  const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
  int unit = 0;
  for (; bytes >= 1000 && unit < 4; ++unit)
    bytes /= 1000;
  char text[32];
  snprintf(text, sizeof text, unit > 0 && bytes < 100 ? "%.2f %s" : "%.0f %s", bytes, units[unit]);
  return text;
}

uint64_t peakResidentBytes() {
  // Not ru_maxrss: that counts what was resident before exec too.
  FILE *status = fopen("/proc/self/status", "re");
  unsigned long long kilobytes = 0;
  char line[256];
  while (status && fgets(line, sizeof line, status))
    if (sscanf(line, "VmHWM: %llu kB", &kilobytes) == 1)
      break;
  if (status)
    fclose(status);
  return kilobytes * 1024;
}

} // namespace v4tools

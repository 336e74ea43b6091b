#include "tools/v4run/Progress.h"

#include <cinttypes>
#include <cstdio>
#include <unistd.h>

namespace v4run {

Progress::Progress(std::string whatText, std::string unitText)
    : what(std::move(whatText)), unit(std::move(unitText)), next(Clock::now() + std::chrono::seconds(1)),
      isTerminal(isatty(STDERR_FILENO)) {}

Progress::~Progress() { clear(); }

void Progress::update(uint64_t done, uint64_t total) {
  if (!isTerminal)
    return;
  rate.update(done);
  if (Clock::now() < next)
    return;
  next = Clock::now() + std::chrono::milliseconds(200);
  shown = true;
  int percent = total ? static_cast<int>(100.0 * static_cast<double>(done) / static_cast<double>(total)) : 0;
  fprintf(stderr, "\r\033[K%s: %" PRIu64 " of %" PRIu64 " %s (%d %%)", what.c_str(), done, total,
          unit.c_str(), percent);
  if (rate.perSecond() > 0)
    fprintf(stderr, ", %.*f %s/s, %s left", rate.perSecond() < 10 ? 1 : 0, rate.perSecond(), unit.c_str(),
            v4tools::durationText(rate.secondsLeft(done, total)).c_str());
  fflush(stderr);
}

void Progress::clear() {
  if (shown)
    fputs("\r\033[K", stderr);
  shown = false;
}

} // namespace v4run

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
  if (!isTerminal || Clock::now() < next)
    return;
  next = Clock::now() + std::chrono::milliseconds(200);
  shown = true;
  int percent = total ? static_cast<int>(100.0 * static_cast<double>(done) / static_cast<double>(total)) : 0;
  fprintf(stderr, "\r\033[K%s: %" PRIu64 " of %" PRIu64 " %s (%d %%)", what.c_str(), done, total,
          unit.c_str(), percent);
  fflush(stderr);
}

void Progress::clear() {
  if (shown)
    fputs("\r\033[K", stderr);
  shown = false;
}

} // namespace v4run

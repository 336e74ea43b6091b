#include "tools/v4c/Progress.h"

#include <cstdio>
#include <unistd.h>

namespace v4c {

using namespace std::chrono_literals;

Progress::Progress(bool quiet) : terminal(isatty(STDERR_FILENO)) {
  if (!quiet)
    writer = std::thread([this] { run(); });
}

Progress::~Progress() { stop(); }

void Progress::begin(const std::string &name, bool inBytes) {
  std::lock_guard lock(mutex);
  stage = name;
  bytes = inBytes;
  done = total = 0;
  rate.reset();
}

void Progress::note(const std::string &sentence) {
  std::lock_guard lock(mutex);
  if (dirty)
    fputs("\r\033[K", stderr);
  dirty = false;
  fprintf(stderr, "v4c: note: %s\n", sentence.c_str());
}

void Progress::update(uint64_t newDone, uint64_t newTotal) {
  std::lock_guard lock(mutex);
  done = newDone;
  total = newTotal;
  rate.update(done);
}

void Progress::stop() {
  {
    std::lock_guard lock(mutex);
    stopped = true;
  }
  changed.notify_all();
  if (writer.joinable())
    writer.join();
}

void Progress::run() {
  std::unique_lock lock(mutex);
  // Nothing is shown of what is over within a second.
  auto next = Clock::now() + (terminal ? 1000ms : 5000ms);
  while (!changed.wait_until(lock, next, [this] { return stopped; })) {
    write();
    next = Clock::now() + (terminal ? 200ms : 5000ms);
  }
  if (dirty)
    fputs("\r\033[K", stderr);
}

void Progress::write() {
  std::string line = "v4c: " + stage;
  if (total > 0)
    line += " " + std::to_string(static_cast<unsigned>(100.0 * done / total)) + "%";
  if (bytes && rate.perSecond() > 0)
    line += ", " + v4tools::bytesText(rate.perSecond()) + "/s, " +
            v4tools::durationText(rate.secondsLeft(done, total)) + " left";
  if (terminal)
    fprintf(stderr, "\r\033[K%s", line.c_str());
  else
    fprintf(stderr, "%s\n", line.c_str());
  fflush(stderr);
  dirty = terminal;
}

} // namespace v4c

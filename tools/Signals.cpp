#include "tools/Signals.h"

namespace v4tools {

static std::atomic<int> caught{0};
static_assert(std::atomic<int>::is_always_lock_free, "a handler may touch nothing else");

static void note(int number) { caught = number; }

CaughtSignals::CaughtSignals() {
  caught = 0;
  for (int i = 0; i < 3; ++i) {
    sigaction(kSignals[i], nullptr, &before[i]);
    if (before[i].sa_handler == SIG_IGN) // nohup
      continue;
    struct sigaction action = {};
    action.sa_handler = note;
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
    sigaction(kSignals[i], &action, nullptr);
  }
}

CaughtSignals::~CaughtSignals() {
  for (int i = 0; i < 3; ++i)
    sigaction(kSignals[i], &before[i], nullptr);
}

const std::atomic<int> &CaughtSignals::number() { return caught; }

} // namespace v4tools

// How long a thread spins before it sleeps.
//
// To sleep and be woken costs about 10 us, to see a change while spinning a tenth of one. But where other
// processes want the processors, a thread that spins is not running when its work comes: the system has put
// it behind them. So a thread looks now and then at how much of its time it lost to others, and where that is
// much it spins little for a while, longer each time.
#pragma once

#include <cstdint>

namespace v4rt::cpu {

class Patience {
public:
  /// Pauses before this wait ends in sleep. Called once a wait.
  int spins() {
    if (--waitsLeft <= 0)
      review();
    return spinsNow;
  }
  /// Sleeps by calling `sleep`: that is no time lost.
  template <typename Sleep> void pass(Sleep sleep) {
    int64_t before = now();
    sleep();
    wall += now() - before;
  }

private:
  static int64_t now();
  void review();

  int spinsNow = 0, waitsLeft = 0, penalty = 1;
  bool measures = false; // since `wall`, `used`
  int64_t wall = 0, used = 0;
};

} // namespace v4rt::cpu

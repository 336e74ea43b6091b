// What this machine can do at best, measured.
#pragma once

#include "runtime/Memory.h"

namespace v4run {

struct MachineLimits {
  double readBytesPerSecond;
  double dotFlopPerSecond;
  const char *dot; // "f32 in AVX-512": what was multiplied
  double barrierSeconds;
};

/// Measures what this machine can do with so many threads. Reads go over more memory than caches hold, in
/// large pages.
class MachineMeter {
public:
  MachineMeter(unsigned threads, bool pinned);

  /// The fastest of seven of each; takes a second or two.
  MachineLimits measure();
  /// The same quickly, and without the barrier: raises `limits` to what is there now.
  void raise(MachineLimits &limits);
  /// Of memory that is read.
  uint64_t bytes() const;

private:
  double readBytesPerSecond(int repetitions);
  double dotFlopPerSecond(int repetitions);

  unsigned threads;
  bool pinned;
  v4rt::Memory memory;
};

} // namespace v4run

// What this machine can do at best, measured.
#pragma once

namespace v4run {

struct MachineLimits {
  double readBytesPerSecond;
  double dotFlopPerSecond;
  const char *dot; // "f32 in AVX-512": what was multiplied
  double barrierSeconds;
};

/// With so many threads; takes a second or two. Reads go over more memory than caches hold.
MachineLimits measureMachine(unsigned threads, bool pinned);

} // namespace v4run

// What this machine can do at best, measured.
#pragma once

#include "runtime/Memory.h"

#include <functional>
#include <utility>
#include <vector>

namespace v4run {

struct MachineLimits {
  double readBytesPerSecond;
  double dotFlopPerSecond;
  const char *dot; // "f32 in AVX-512": what was multiplied
  double barrierSeconds;
};

/// A way to multiply.
struct Multiplier {
  const char *name = nullptr;
  float (*run)(int64_t steps, float start) = nullptr;
  double flopOfStep = 0; // of one sum
};

/// Measures what this machine can do with so many threads. Reads go over more memory than caches hold, in
/// large pages.
class MachineMeter {
public:
  MachineMeter(unsigned threads, bool pinned);

  /// The fastest of seven of each; takes a second or two. What comes after measures what was fastest here.
  MachineLimits measure();
  /// What both rates are now, each over about `seconds` and at least one run.
  void sample(double seconds);
  /// Medians of the samples from `first` on.
  MachineLimits sampled(size_t first = 0) const;
  size_t samples() const { return reads.size(); }
  /// What each way to multiply that the processor has reached in `measure`, in FLOP a second.
  const std::vector<std::pair<const char *, double>> &multiplierRates() const { return rates; }
  /// Of memory that is read.
  uint64_t bytes() const;

private:
  using Work = std::function<void(unsigned thread)>;
  using Reader = uint64_t (*)(const char *bytes, size_t count);
  Work reading(Reader read) const, multiplying(const Multiplier &each) const;
  double bytesOfReading() const, flopOf(const Multiplier &each) const;

  unsigned threads;
  bool pinned;
  v4rt::Memory memory;
  Reader reader = nullptr; // the fastest here
  Multiplier multiplier;   // likewise
  std::vector<std::pair<const char *, double>> rates;
  std::vector<double> reads, dots; // bytes and FLOP a second
};

/// The one in the middle of `values`, which are some.
double median(std::vector<double> values);

} // namespace v4run

// The choice of the next token.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace v4run {

/// xoshiro256** (Blackman and Vigna) with its state filled by splitmix64 from the seed: the same numbers on
/// every machine.
class Random {
public:
  explicit Random(uint64_t seed);
  uint64_t next();
  /// In [0, 1): the upper 53 bits.
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

private:
  uint64_t state[4];
};

struct SamplerOptions {
  double temperature = 0; // 0: the largest logit
  double topP = 1;        // 1: all tokens
  uint64_t seed = 0;
};

/// Greedy: the largest logit, of equal ones the lowest id. Else p = softmax(logits / temperature) in double;
/// tokens by descending p, of equal ones the lower id first; of these the shortest beginning whose sum is at
/// least topP times the sum of all; of it one token, by one number u of Random: the first whose running sum
/// exceeds u times the sum of the beginning.
class Sampler {
public:
  explicit Sampler(const SamplerOptions &options);
  /// Throws Failure if a logit is no number.
  int32_t choose(const float *logits, size_t count);

private:
  int32_t sample(const float *logits, size_t count, float largest);

  SamplerOptions options;
  Random random;
  std::vector<double> weights;
  std::vector<int32_t> order;
};

} // namespace v4run

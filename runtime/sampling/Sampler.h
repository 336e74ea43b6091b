// The choice of the next token. In this order:
//
//   1. logit bias         l += bias
//   2. repetition         l = l > 0 ? l / r : l * r      for every id of the prompt or generated so far
//   3. presence           l -= presence                  for every id generated so far
//      frequency          l -= frequency * times         for every id generated so far
//   4. temperature        0: the largest l, of equal ones the lowest id; nothing below applies
//                         p = softmax(l / temperature)
//   5. min-p              ids with p >= minP * the largest p
//   6. top-k              of these the k likeliest, of equal ones the lower id first
//   7. top-p              of these the shortest beginning whose sum is at least topP times the sum of all of
//   6
//   8. draw               one number u of Random: the first id whose running sum exceeds u times the sum of 7
//
// All in double, on one thread and in a fixed order: the same options and logits give the same token.
#pragma once

#include "runtime/Status.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace v4rt {

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

struct LogitBias {
  int32_t id;
  double value; // -infinity: never this token
};

/// The defaults change nothing.
struct SamplingOptions {
  double temperature = 0;
  double topP = 1;
  double minP = 0;
  uint32_t topK = 0; // 0: all
  double repetitionPenalty = 1;
  double presencePenalty = 0;
  double frequencyPenalty = 0;
  std::vector<LogitBias> bias;
  uint64_t seed = 0;
};

class Sampler {
public:
  /// The ids of `options.bias` are below `vocabulary`.
  Sampler(SamplingOptions options, size_t vocabulary);

  /// Starts an answer: forgets what was generated. Random goes on.
  void begin(const std::vector<int32_t> &prompt);

  /// Chooses from `vocabulary` logits and counts the token. Fails if a logit is no number, or no token is
  /// left.
  Status choose(const float *logits, int32_t &token);

private:
  bool adjusts() const;
  void adjust(const float *logits);
  int32_t draw(double largest);
  void extend();

  SamplingOptions options;
  Random random;
  struct Count {
    uint32_t generated = 0;
    bool seen = false;
  };
  std::vector<Count> counts;
  std::vector<int32_t> seen; // each once
  std::vector<double> values, weights;
  // Of draw: ids by descending weight are popped off the heap as far as they are needed.
  std::vector<int32_t> heap, popped;
};

} // namespace v4rt

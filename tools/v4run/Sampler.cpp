#include "tools/v4run/Sampler.h"

#include "tools/v4run/Failure.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

namespace v4run {

static uint64_t rotate(uint64_t value, int bits) { return (value << bits) | (value >> (64 - bits)); }

Random::Random(uint64_t seed) {
  for (uint64_t &word : state) {
    seed += 0x9e3779b97f4a7c15;
    uint64_t z = seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    word = z ^ (z >> 31);
  }
}

uint64_t Random::next() {
  uint64_t result = rotate(state[1] * 5, 7) * 9;
  uint64_t shifted = state[1] << 17;
  state[2] ^= state[0];
  state[3] ^= state[1];
  state[1] ^= state[2];
  state[0] ^= state[3];
  state[2] ^= shifted;
  state[3] = rotate(state[3], 45);
  return result;
}

Sampler::Sampler(const SamplerOptions &given) : options(given), random(given.seed) {}

int32_t Sampler::choose(const float *logits, size_t count) {
  for (size_t id = 0; id < count; ++id)
    if (!std::isfinite(logits[id]))
      throw Failure("the logit of token " + std::to_string(id) + " is not a finite number");
  const float *largest = std::max_element(logits, logits + count); // the first of equal ones
  if (options.temperature == 0)
    return static_cast<int32_t>(largest - logits);
  return sample(logits, count, *largest);
}

int32_t Sampler::sample(const float *logits, size_t count, float largest) {
  weights.resize(count);
  for (size_t id = 0; id < count; ++id)
    weights[id] = std::exp((static_cast<double>(logits[id]) - largest) / options.temperature);
  order.resize(count);
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](int32_t a, int32_t b) { return weights[a] != weights[b] ? weights[a] > weights[b] : a < b; });
  // All sums run in this order, so that the last partial one is the whole.
  double all = 0;
  for (int32_t id : order)
    all += weights[id];
  double kept = 0;
  size_t keptCount = 0;
  while (keptCount < count && (keptCount == 0 || kept < options.topP * all))
    kept += weights[order[keptCount++]];

  double target = random.unit() * kept, sum = 0;
  for (size_t i = 0; i < keptCount; ++i) {
    sum += weights[order[i]];
    if (sum > target)
      return order[i];
  }
  return order[keptCount - 1];
}

} // namespace v4run

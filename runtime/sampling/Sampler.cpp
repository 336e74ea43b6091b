#include "runtime/sampling/Sampler.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace v4rt {

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

Sampler::Sampler(SamplingOptions given, size_t vocabulary)
    : options(std::move(given)), random(options.seed), counts(vocabulary) {}

void Sampler::begin(const std::vector<int32_t> &prompt) {
  std::fill(counts.begin(), counts.end(), Count());
  seen.clear();
  for (int32_t id : prompt)
    if (!std::exchange(counts[id].seen, true))
      seen.push_back(id);
}

bool Sampler::adjusts() const {
  return !options.bias.empty() || options.repetitionPenalty != 1 || options.presencePenalty != 0 ||
         options.frequencyPenalty != 0;
}

void Sampler::adjust(const float *logits) {
  values.assign(logits, logits + counts.size());
  for (const LogitBias &bias : options.bias)
    values[bias.id] += bias.value;
  for (int32_t id : seen) {
    double &value = values[id];
    value = value > 0 ? value / options.repetitionPenalty : value * options.repetitionPenalty;
    if (counts[id].generated > 0)
      value -= options.presencePenalty + options.frequencyPenalty * counts[id].generated;
  }
}

Status Sampler::choose(const float *logits, int32_t &token) {
  for (size_t id = 0; id < counts.size(); ++id)
    if (!std::isfinite(logits[id]))
      return fail(V4_INVALID_ARGUMENT, "the logit of token %zu is not a finite number", id);
  if (adjusts())
    adjust(logits);
  else
    values.assign(logits, logits + counts.size());
  auto largest = std::max_element(values.begin(), values.end()); // the first of equal ones
  if (!std::isfinite(*largest))
    return fail(V4_INVALID_ARGUMENT, "no token is left: the logit bias excludes all of them");
  token = options.temperature == 0 ? static_cast<int32_t>(largest - values.begin()) : draw(*largest);
  ++counts[token].generated;
  if (!std::exchange(counts[token].seen, true))
    seen.push_back(token);
  return {};
}

/// Pops the next likeliest id.
void Sampler::extend() {
  std::pop_heap(heap.begin(), heap.end(), [this](int32_t a, int32_t b) {
    return weights[a] != weights[b] ? weights[a] < weights[b] : a > b;
  });
  popped.push_back(heap.back());
  heap.pop_back();
}

int32_t Sampler::draw(double largest) {
  weights.resize(values.size());
  heap.clear();
  popped.clear();
  double sum = 0; // of all that may be drawn
  for (size_t id = 0; id < values.size(); ++id) {
    double weight = std::exp((values[id] - largest) / options.temperature); // 1 for the largest
    weights[id] = weight;
    if (weight == 0 || weight < options.minP)
      continue;
    heap.push_back(static_cast<int32_t>(id));
    sum += weight;
  }
  std::make_heap(heap.begin(), heap.end(), [this](int32_t a, int32_t b) {
    return weights[a] != weights[b] ? weights[a] < weights[b] : a > b;
  });
  if (options.topK > 0 && options.topK < heap.size()) {
    sum = 0;
    while (popped.size() < options.topK) {
      extend();
      sum += weights[popped.back()];
    }
    heap.clear();
  }
  auto next = [this](size_t place) {
    if (place == popped.size() && !heap.empty())
      extend();
    return place < popped.size();
  };
  size_t count = 0; // of the beginning that top-p keeps; 0: all
  if (options.topP < 1) {
    double wanted = options.topP * sum, kept = 0;
    while ((count == 0 || kept < wanted) && next(count))
      kept += weights[popped[count++]];
    sum = kept;
  }
  double target = random.unit() * sum, running = 0;
  for (size_t i = 0; (count == 0 || i < count) && next(i); ++i) {
    running += weights[popped[i]];
    if (running > target)
      return popped[i];
  }
  // Rounding: the sums of two orders may differ.
  return count > 0 ? popped[count - 1] : popped.back();
}

} // namespace v4rt

// Random configurations: a draw is its seed and what was made of it.
#pragma once

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace v4test {

/// Numbers of one draw.
class Draw {
public:
  explicit Draw(uint64_t seed) : seed(seed), engine(seed * 0x9e3779b97f4a7c15u + 1) {}

  const uint64_t seed;

  /// From `low` to `high`, both included.
  int64_t between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(engine() % (high - low + 1));
  }
  bool chance(int64_t percent) { return between(1, 100) <= percent; }
  /// A size: tiny, next to a multiple of 16, or any up to `high`.
  int64_t size(int64_t low, int64_t high);
  double normal() { return gauss(engine); }
  template <typename T> T pick(std::initializer_list<T> values) {
    return values.begin()[between(0, static_cast<int64_t>(values.size()) - 1)];
  }
  /// `count` different numbers below `end`, in any order.
  std::vector<int64_t> distinct(int64_t count, int64_t end);

private:
  std::mt19937_64 engine;
  std::normal_distribution<double> gauss;
};

/// Rows of one step.
struct StepRows {
  std::vector<int64_t> tokens, slots, positions, logitRows;
};

/// How sequences grow: `steps` ragged steps in which each of `slots` sequences gets up to `longest` tokens,
/// some none.
std::vector<StepRows> drawSteps(Draw &draw, int64_t slots, int64_t steps, int64_t longest,
                                int64_t vocabulary);

/// Rows of sequences that do not matter: any position below `positions`.
StepRows drawRows(Draw &draw, int64_t rows, int64_t positions, int64_t vocabulary);

/// The seeds of a test's draws: `count` from the test's own first one on, or what the environment asks for
/// with V4_SEED and V4_DRAWS. They are printed.
std::vector<uint64_t> drawSeeds(uint64_t first, uint64_t count);

} // namespace v4test

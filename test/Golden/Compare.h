// How a result is compared with a golden: row by row, ||mine - golden|| / ||golden|| (test/data,
// "Comparing").
#pragma once

#include "test/Support/TensorFile.h"

#include <string>
#include <vector>

namespace v4test {

/// The bound of hf numerics: float32 weights and arithmetic, in any order of summation.
inline constexpr double kTolerance = 1e-4;

/// The farthest row.
struct Distance {
  double error = 0;
  int64_t row = -1; // of the golden
};

/// Row i of `golden` against row `rows[i]` of `mine`. Where `mine` is wider, the rest must be -inf: scores of
/// entries that the golden's shorter run did not have. -inf must stand in the same places. On a difference of
/// form the error is infinite and `why` says what differs.
Distance farthest(const Tensor &mine, const Tensor &golden, const std::vector<int> &rows, std::string &why);

/// Rows as sets without -1 (`asSets`) or as they are; the first row that differs, -1 if none does.
int64_t firstDifferent(const Tensor &mine, const Tensor &golden, const std::vector<int> &rows, bool asSets);

/// 0, 1, ... count - 1, from `first`.
std::vector<int> range(int64_t count, int64_t first = 0);

} // namespace v4test

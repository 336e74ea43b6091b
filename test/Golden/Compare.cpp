#include "test/Golden/Compare.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace v4test {

static Distance differs(std::string &why, std::string reason, int64_t row = -1) {
  why = std::move(reason);
  return {std::numeric_limits<double>::infinity(), row};
}

Distance farthest(const Tensor &mine, const Tensor &golden, const std::vector<int> &rows, std::string &why) {
  if (golden.rows() != static_cast<int64_t>(rows.size()))
    return differs(why, "golden has " + std::to_string(golden.rows()) + " rows");
  if (mine.width() < golden.width())
    return differs(why, "rows have " + std::to_string(mine.width()) + " values, wanted " +
                            std::to_string(golden.width()));
  Distance worst;
  for (int64_t i = 0; i < golden.rows(); ++i) {
    if (rows[i] >= mine.rows())
      return differs(
          why, "has " + std::to_string(mine.rows()) + " rows, wanted row " + std::to_string(rows[i]), i);
    const double *a = mine.row(rows[i]), *b = golden.row(i);
    double difference = 0, norm = 0;
    for (int64_t j = 0; j < golden.width(); ++j) {
      bool none = std::isinf(b[j]) && b[j] < 0;
      if (none != (std::isinf(a[j]) && a[j] < 0))
        return differs(why, "-inf in another place: column " + std::to_string(j), i);
      if (none)
        continue;
      difference += (a[j] - b[j]) * (a[j] - b[j]);
      norm += b[j] * b[j];
    }
    for (int64_t j = golden.width(); j < mine.width(); ++j)
      if (!(std::isinf(a[j]) && a[j] < 0))
        return differs(why, "column " + std::to_string(j) + " is beyond the golden's and not -inf", i);
    double error = norm > 0 ? std::sqrt(difference / norm) : std::sqrt(difference);
    if (!(error <= worst.error)) // also for nan
      worst = {error, i};
  }
  return worst;
}

int64_t firstDifferent(const Tensor &mine, const Tensor &golden, const std::vector<int> &rows, bool asSets) {
  for (int64_t i = 0; i < golden.rows(); ++i) {
    if (rows[i] >= mine.rows())
      return i;
    std::vector<double> a(mine.row(rows[i]), mine.row(rows[i]) + mine.width());
    std::vector<double> b(golden.row(i), golden.row(i) + golden.width());
    if (asSets) {
      for (std::vector<double> *set : {&a, &b}) {
        set->erase(std::remove(set->begin(), set->end(), -1.0), set->end());
        std::sort(set->begin(), set->end());
      }
    }
    if (a != b)
      return i;
  }
  return -1;
}

std::vector<int> range(int64_t count, int64_t first) {
  std::vector<int> result(static_cast<size_t>(count));
  std::iota(result.begin(), result.end(), static_cast<int>(first));
  return result;
}

} // namespace v4test

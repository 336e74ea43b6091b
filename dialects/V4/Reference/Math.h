// Arithmetic that several op families share.
#pragma once

#include <cmath>
#include <cstdint>

namespace mlir::v4::reference {

inline double dot(const double *lhs, const double *rhs, int64_t size) {
  // Lets the compiler keep several partial sums: one order for every call, and three times as fast.
#pragma clang fp reassociate(on)
  double sum = 0;
  for (int64_t i = 0; i < size; ++i)
    sum += lhs[i] * rhs[i];
  return sum;
}

/// 1 / sqrt(mean of squares + eps)
inline double reciprocalNorm(const double *values, int64_t size, double eps) {
  return 1 / std::sqrt(dot(values, values, size) / size + eps);
}

inline double sigmoid(double value) { return 1 / (1 + std::exp(-value)); }

/// Whether choice a goes before choice b: the larger score does, of equal scores the lower number, NaN last.
inline bool isBetter(double scoreOfA, int64_t a, double scoreOfB, int64_t b) {
  if (std::isnan(scoreOfA) != std::isnan(scoreOfB))
    return std::isnan(scoreOfB);
  return scoreOfA > scoreOfB || (!(scoreOfA < scoreOfB) && a < b);
}

} // namespace mlir::v4::reference

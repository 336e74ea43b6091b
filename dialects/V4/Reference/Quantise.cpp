#include "dialects/V4/Reference/Quantise.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace mlir::v4::reference {
namespace {

/// Rounds to `bits` significant bits, of numbers below 2^minExponent to as many as keep the smallest's unit.
double roundTo(double value, int bits, int minExponent) {
  if (value == 0 || !std::isfinite(value))
    return value;
  double unit = std::ldexp(1.0, std::max(std::ilogb(value), minExponent) - bits + 1);
  // Division and product by a power of two are exact, and nearbyint takes ties to even.
  return std::nearbyint(value / unit) * unit;
}

/// A format of quantised activations.
struct Narrow {
  float floor;             // what a block's largest magnitude is taken for at least
  float reciprocal;        // of the largest value
  double (*round)(double); // saturates
};

Narrow narrow(QuantFormat format) {
  if (format == QuantFormat::e4m3)
    return {1e-4f, 1.0f / 448.0f, roundToE4M3};
  return {6 * 0x1p-126f, 1.0f / 6.0f, roundToE2M1};
}

} // namespace

double roundToBF16(double value) {
  double rounded = roundTo(static_cast<float>(value), 8, -126);
  return std::abs(rounded) < 0x1p128 ? rounded : std::copysign(INFINITY, rounded);
}

double roundToE4M3(double value) { return roundTo(std::clamp(value, -448.0, 448.0), 4, -6); }

double roundToE2M1(double value) { return roundTo(std::clamp(value, -6.0, 6.0), 2, 0); }

double ceilPowerOfTwo(float value) {
  int exponent = std::ilogb(value);
  double power = std::ldexp(1.0, exponent);
  return power < value ? 2 * power : power;
}

void fakeQuantise(double *values, int64_t size, QuantFormat format, int64_t block) {
  Narrow to = narrow(format);
  for (int64_t begin = 0; begin < size; begin += block) {
    int64_t end = std::min(begin + block, size);
    float top = to.floor;
    for (int64_t i = begin; i < end; ++i)
      top = std::max(top, std::abs(static_cast<float>(values[i])));
    double scale = ceilPowerOfTwo(top * to.reciprocal);
    for (int64_t i = begin; i < end; ++i)
      values[i] = to.round(values[i] / scale) * scale;
  }
}

void hadamard(double *values, int64_t size) {
  assert((size & (size - 1)) == 0 && "a Hadamard matrix of a power of two");
  for (int64_t half = 1; half < size; half *= 2)
    for (int64_t begin = 0; begin < size; begin += 2 * half)
      for (int64_t i = begin; i < begin + half; ++i) {
        double a = values[i], b = values[i + half];
        values[i] = a + b;
        values[i + half] = a - b;
      }
  auto factor = static_cast<float>(1 / std::sqrt(static_cast<double>(size)));
  for (int64_t i = 0; i < size; ++i)
    values[i] *= factor;
}

} // namespace mlir::v4::reference

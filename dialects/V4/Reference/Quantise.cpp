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

template <typename Round>
void fakeQuantise(double *values, int64_t size, int64_t block, float least, float factor, double largest,
                  Round round) {
  for (int64_t begin = 0; begin < size; begin += block) {
    int64_t end = std::min(begin + block, size);
    float top = least;
    for (int64_t i = begin; i < end; ++i)
      top = std::max(top, std::abs(static_cast<float>(values[i])));
    double scale = ceilPowerOfTwo(top * factor);
    for (int64_t i = begin; i < end; ++i)
      values[i] = round(std::clamp(values[i] / scale, -largest, largest)) * scale;
  }
}

} // namespace

double roundToBF16(double value) {
  double rounded = roundTo(value, 8, -126);
  return std::abs(rounded) < 0x1p128 ? rounded : std::copysign(INFINITY, rounded);
}

double roundToE4M3(double value) { return roundTo(std::clamp(value, -448.0, 448.0), 4, -6); }

double roundToE2M1(double value) { return roundTo(std::clamp(value, -6.0, 6.0), 2, 0); }

double ceilPowerOfTwo(float value) {
  int exponent = std::ilogb(value);
  double power = std::ldexp(1.0, exponent);
  return power < value ? 2 * power : power;
}

void fakeQuantiseFp8(double *values, int64_t size, int64_t block) {
  fakeQuantise(values, size, block, 1e-4f, 1.0f / 448.0f, 448, roundToE4M3);
}

void fakeQuantiseFp4(double *values, int64_t size) {
  fakeQuantise(values, size, 32, 6 * 0x1p-126f, 1.0f / 6.0f, 6, roundToE2M1);
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
  for (int64_t i = 0; i < size; ++i)
    values[i] /= std::sqrt(static_cast<double>(size));
}

} // namespace mlir::v4::reference

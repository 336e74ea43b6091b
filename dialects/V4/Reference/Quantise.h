// Rounding to the narrow formats (specification, section 2). Values stay doubles; each function returns what
// the narrow format holds, to nearest, ties to even.
#pragma once

#include "dialects/V4/IR/V4Dialect.h"

#include <cstdint>

namespace mlir::v4::reference {

/// Of the float32 value: it is float32 arithmetic whose results are rounded.
double roundToBF16(double value);
/// The value itself where nothing is `rounded`.
inline double toBF16If(bool rounded, double value) { return rounded ? roundToBF16(value) : value; }
/// Saturates at 448.
double roundToE4M3(double value);
/// Saturates at 6.
double roundToE2M1(double value);

/// The smallest power of two that is not below the float32 `value`, which is positive.
double ceilPowerOfTwo(float value);

/// Rounds blocks of `block` values to the format under power-of-two scales, in place; the last block may be
/// shorter. The scale is a float32 computation by definition, so that magnitudes are taken as float32.
void fakeQuantise(double *values, int64_t size, QuantFormat format, int64_t block);

/// values[j] = size^-1/2 sum_i (-1)^popcount(i & j) values[i], in place, with the float32 value of the root;
/// `size` is a power of two. Its own inverse, but for that root's rounding.
void hadamard(double *values, int64_t size);

} // namespace mlir::v4::reference

// Rounding to the narrow formats (specification, section 2). Values stay doubles; each function returns what
// the narrow format holds, to nearest, ties to even.
#pragma once

#include <cstdint>

namespace mlir::v4::reference {

double roundToBF16(double value);
/// Saturates at 448.
double roundToE4M3(double value);
/// Saturates at 6.
double roundToE2M1(double value);

/// The smallest power of two that is not below the float32 `value`, which is positive.
double ceilPowerOfTwo(float value);

/// Rounds blocks of `block` values to E4M3 under power-of-two scales, in place; the last block may be
/// shorter. The scale is a float32 computation by definition, so values are taken as float32.
void fakeQuantiseFp8(double *values, int64_t size, int64_t block);
/// The same to E2M1, in blocks of 32.
void fakeQuantiseFp4(double *values, int64_t size);

/// values[j] = size^-1/2 sum_i (-1)^popcount(i & j) values[i], in place; `size` is a power of two. Its own
/// inverse.
void hadamard(double *values, int64_t size);

} // namespace mlir::v4::reference

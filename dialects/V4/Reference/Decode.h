// Exact values of stored weights (specification, section 7.2).
#pragma once

#include "dialects/V4/IR/V4Dialect.h"
#include "dialects/V4/Reference/Tensor.h"

#include "llvm/Support/Error.h"

namespace mlir::v4::reference {

double decodeBF16(uint16_t bits);
/// 1 sign, 4 exponent (bias 7), 3 mantissa bits, no infinities; 0x7f and 0xff are NaN.
double decodeE4M3(uint8_t bits);
/// The low four bits: 0 .5 1 1.5 2 3 4 6, bit 3 is the sign.
double decodeE2M1(uint8_t bits);
/// 2^(bits - 127); 255 is NaN.
double decodeE8M0(uint8_t bits);

/// Bytes that `count` elements of `type` take: two E2M1 codes share one.
int64_t storedBytes(Type type, int64_t count);

/// Decodes one matrix or vector of the weight (one expert's, of a stack) into `result`, which has room for
/// outputs * inputs values. `scale` is empty for formats without one. Data is little endian as in the
/// checkpoint; of two E2M1 codes in a byte the low nibble comes first. Fails when there are too few or too
/// many bytes.
llvm::Error decodeMatrix(WeightType type, ArrayRef<uint8_t> data, ArrayRef<uint8_t> scale, double *result);

} // namespace mlir::v4::reference

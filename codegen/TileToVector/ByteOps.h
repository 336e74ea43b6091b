// What processors do with 32 or 64 bytes at once.
#pragma once

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::v4 {

/// A vector of `type` that has `values` again and again.
Value repeatBytes(ImplicitLocOpBuilder &b, VectorType type, ArrayRef<int8_t> values);

/// `table`, of 16 bytes, at the lowest four bits of each index, which is below 128.
Value lookUpBytes(ImplicitLocOpBuilder &b, ArrayRef<int8_t> table, Value indices);

/// Products of bytes, those of two neighbours added in 16 bits.
Value multiplyBytes(ImplicitLocOpBuilder &b, Value withoutSign, Value withSign);

/// Products of 16-bit numbers, those of two neighbours added: [lanes] of i32.
Value multiplyPairs(ImplicitLocOpBuilder &b, Value x, Value y);

/// `sums`, of i32, and the products of four neighbouring bytes each. Needs AVX-512 VNNI.
Value addBytes(ImplicitLocOpBuilder &b, Value sums, Value withoutSign, Value withSign);

} // namespace mlir::v4

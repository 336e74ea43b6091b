// Decoding of narrow numbers in vectors of bytes, exact for every code.
#pragma once

#include "dialects/Tile/IR/TileDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <utility>

namespace mlir::v4 {

/// The f32 values of a vector of `format` bytes: e4m3 or e8m0.
Value widenBytes(ImplicitLocOpBuilder &builder, Value bytes, tile::Format format);

/// The f32 values of the low and of the high nibbles of a vector of bytes, which are e2m1.
std::pair<Value, Value> widenNibbles(ImplicitLocOpBuilder &builder, Value bytes);

/// The f32 values of a vector of words, from the lowest bits of a word on: as many vectors as a word holds
/// numbers. Fastest where the words fill a register of the processor's, whose vectors have `vectorBits`.
SmallVector<Value> widenWords(ImplicitLocOpBuilder &builder, Value words, tile::Format format,
                              unsigned vectorBits);

/// The same in two steps, for decoding that begins before its numbers have registers: words with two numbers
/// in bf16 each, or where that is no way to decode them, the numbers.
SmallVector<Value> beginWidening(ImplicitLocOpBuilder &builder, Value words, tile::Format format,
                                 unsigned vectorBits);
/// Words of four e4m3 numbers as two vectors of pairs of bf16, 2^-116 of the numbers each: the first in the
/// upper half, where BF16 dots begin.
std::pair<Value, Value> widenToPairs(ImplicitLocOpBuilder &builder, Value words);

/// Number `n` of the `numbers` in each word.
Value widenNumber(ImplicitLocOpBuilder &builder, ArrayRef<Value> begun, int64_t n, int64_t numbers);

} // namespace mlir::v4

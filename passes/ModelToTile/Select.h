// The k largest of many values, lower number first among equals, as ascending numbers.
#pragma once

#include "passes/ModelToTile/KernelBuilder.h"

namespace mlir::v4 {

struct Selection {
  Value count;    // index: how many values there are, at least `chosen`
  int64_t chosen; // k
  /// f32 values [offset, offset + width) as a tile; those beyond the memory are anything.
  function_ref<Value(Value offset, int64_t width)> tile;
  function_ref<Value(Value i)> scalar;
  /// Takes choice number `slot` (0 .. k-1).
  function_ref<void(Value slot, Value i)> choose;
};

/// Linear in `count`: the k-th largest value is found bit by bit, each bit with one pass that counts.
void emitSelection(KernelBuilder &k, const Selection &selection);

/// The same for many values on a CPU: three digits of the k-th largest are found with a histogram each, and
/// after the first only tiles that hold such values are looked at one by one.
void emitLargeSelection(KernelBuilder &k, const Selection &selection);

} // namespace mlir::v4

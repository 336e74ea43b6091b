// Rows of packed entries (`!v4.entries<..., packed ...>`): how kernels write and read their bytes.
#pragma once

#include "passes/ModelToTile/KernelBuilder.h"

namespace mlir::v4 {

/// Memory of a state as kernels get it: [slot, row, element], packed rows as bytes.
MemRefType getStateMemoryType(Type state);

/// Writes the program's row of `input` as record `entry` of slot `slot`.
void writeRecord(KernelBuilder &k, EntriesType type, Value input, Value entries, Value slot, Value entry);

/// `x` [width], which e2m1 holds times a power of two: twice those e2m1 numbers, as i32, and the power of
/// two.
std::pair<Value, Value> splitCodes(KernelBuilder &k, Value x, int64_t width);

/// A state of keys.
struct KeySource {
  Type type; // RingType or EntriesType
  Value memory;
};

/// Writes the elements of row `row` of slot `slot`, widened to f32, to row `place` of `to`: f32 memory [keys,
/// at least the elements]. With `parted`, where codes lie two to a byte, the even elements of a block come
/// before its odd ones: forParted() takes others apart in the same way.
void widenKey(KernelBuilder &k, const KeySource &keys, Value slot, Value row, Value to, Value place,
              bool parted = false);

/// The elements of a key, or of what it is multiplied by, in the order of a `parted` widenKey(): `load` gives
/// elements [offset, offset + width), `store` takes such tiles.
void forParted(KernelBuilder &k, Type keys, int64_t size,
               function_ref<Value(Value offset, int64_t width)> load,
               function_ref<void(Value tile, Value place, int64_t width)> store);

} // namespace mlir::v4

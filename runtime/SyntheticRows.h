// Rows of states that nobody computed, for benchmarks.
#pragma once

#include "runtime/Manifest.h"

#include <cstdint>

namespace v4rt {

/// Finite numbers of every type, different from row to row: what attention reads must not be all alike.
class SyntheticRows {
public:
  /// The same numbers for the same seed.
  explicit SyntheticRows(uint64_t seed) : random(seed * 0x9e3779b97f4a7c15u + 1) {}

  /// Fills `bytes` with rows of `rowBytes` each, packed where the state's rows are.
  void fill(uint8_t *rows, uint64_t bytes, const format::State &state, uint64_t rowBytes);

private:
  void fill(uint8_t *at, uint64_t bytes, format::ElementType type);

  uint64_t random;
};

} // namespace v4rt

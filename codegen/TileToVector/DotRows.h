// Products of many rows with a tile of f32: loops around tiles of sums that stay in registers.
#pragma once

#include "codegen/TileToVector/TilePatterns.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::v4 {

/// What `tile.dot_rows` says of its operands, by address.
struct RowsProduct {
  Value x, column; // x[row * rowStride + column + k], or turned x[(column + k) * rowStride + row]
  int64_t rowStride = 0;
  bool turned = false;
  Value w; // [outputs / block][depth][block]
  int64_t depth = 0, outputs = 0, block = 0;
  Value acc; // acc[row * accStride + n]
  int64_t accStride = 0;
  Value scales; // null: none
  Value count;
  Value ahead = {}; // what to fetch meanwhile; null: nothing
  int64_t aheadBytes = 0;
};

/// Sums that are held in registers: rows that share the vectors of `w` that they load, times vectors.
struct RegisterTile {
  int64_t rows, vectors;
};

/// The tiles that `multiplyRows` uses, the largest first.
ArrayRef<RegisterTile> registerTiles(const HostShape &shape);

void multiplyRows(ImplicitLocOpBuilder &builder, const RowsProduct &product, const HostShape &shape);

/// Loops and addresses of f32 as the files of products write them.
struct RowBuilder {
  explicit RowBuilder(ImplicitLocOpBuilder &b) : b(b) {}

  Value index(int64_t value) const;
  Value add(Value x, Value y) const;
  Value mul(Value x, int64_t y) const;
  Value div(Value x, int64_t y) const;
  void forEach(Value begin, Value end, Value step, function_ref<void(Value)> body) const;
  /// `body` for [0, outputs), `width` at a time, and for what is left.
  void forColumns(int64_t outputs, int64_t width, function_ref<void(Value column, int64_t width)> body) const;
  /// The rows [0, count) in groups: as many of the first size as there are, then of the next; the last size
  /// is 1.
  void forRows(Value count, ArrayRef<RegisterTile> tiles,
               function_ref<void(Value first, RegisterTile tile)> body) const;
  Value address(Value base, Type type, Value element) const;
  Value load(Type type, Value base, Value element) const; // of f32
  void store(Value value, Value base, Value element) const;
  /// Fetches part `number` of `parts` of `bytes` from `ahead` on into the second cache, or if not `now` what
  /// is at `otherwise`, which is in the first one.
  void fetch(Value ahead, int64_t bytes, Value number, int64_t parts, Value now, Value otherwise) const;

  ImplicitLocOpBuilder &b;
};

} // namespace mlir::v4

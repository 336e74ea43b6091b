// Products of many rows with a tile of f32: loops around tiles of sums that stay in registers.
#pragma once

#include "codegen/TileToVector/TilePatterns.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::v4 {

/// Bytes to fetch: `size`, in runs of `run` that begin `stride` apart.
struct Ahead {
  Value base = {}; // null: nothing
  int64_t run = 0, stride = 0, size = 0;
};

/// What `tile.dot_rows` says of its operands, by address.
struct RowsProduct {
  Value x, column; // x[row * rowStride + column + k], or turned x[(column + k) * rowStride + row]
  int64_t rowStride = 0;
  bool turned = false;
  Value w = {}; // [outputs / block][depth][block]; null: elsewhere
  int64_t depth = 0, outputs = 0, block = 0;
  Value acc; // acc[row * accStride + n]
  int64_t accStride = 0;
  Value scales; // null: none
  Value count;
  Ahead ahead = {}; // what to fetch meanwhile
};

/// Sums that are held in registers: rows that share the vectors of `w` that they load, times vectors.
struct RegisterTile {
  int64_t rows, vectors;
  /// How many rows that are left are so few that one group of these is left, too: bit r stands for r rows.
  unsigned leavesMore = 0;
};

/// The tiles that `multiplyRows` uses for so many outputs, the largest first.
ArrayRef<RegisterTile> registerTiles(const HostShape &shape, int64_t outputs);

/// Rows that share what they load: those from `row` on. The last group of this size ends at `end`.
struct RowGroup {
  Value row;
  int64_t rows;
  Value end;
};

void multiplyRows(ImplicitLocOpBuilder &builder, const RowsProduct &product, const HostShape &shape);

/// Whether BF16 dots can take many rows of the op.
bool multipliesPairs(tile::DotRowsWordsOp op);
/// Writes the rows' numbers as pairs of bf16, [count, depth / 2] words, and returns whether dots of them have
/// the bits of multiply-adds.
Value writePairs(ImplicitLocOpBuilder &builder, const RowsProduct &product, Value pairs);
/// Outputs [first, first + width) of a product whose rows and right factor [depth, width], of these outputs
/// alone, are words of such pairs.
void multiplyPairs(ImplicitLocOpBuilder &builder, const RowsProduct &product, Value first, int64_t width,
                   const HostShape &shape);

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
  /// The rows [0, count) cut into ranges [begin, end) of groups: as many of the first size as there are, then
  /// of the next; the last size is 1.
  void forRanges(Value count, ArrayRef<RegisterTile> tiles,
                 function_ref<void(Value begin, Value end, RegisterTile tile)> body) const;
  /// `body` for each group of rows and each `tile.vectors * lanes` of the outputs. Groups inside: what they
  /// share stays in the first cache.
  void forTiles(Value count, int64_t outputs, int64_t lanes, ArrayRef<RegisterTile> tiles,
                function_ref<void(RowGroup group, Value column, int64_t width)> body) const;
  Value address(Value base, Type type, Value element) const;
  /// The address `elements` after `base`.
  Value offset(Value base, Type type, int64_t elements) const;
  Value load(Type type, Value base, Value element) const; // of f32
  Value load(Type type, Value address) const;
  void store(Value value, Value base, Value element) const;
  void store(Value value, Value address) const;
  /// Fetches part `number` of `parts` of what is ahead into the first cache, or if not `now` what is at
  /// `otherwise`, which is there already.
  void fetch(const Ahead &ahead, Value number, int64_t parts, Value now, Value otherwise) const;

  ImplicitLocOpBuilder &b;
};

/// The chains of `tile.dot_rows`, whatever their right factors come from.
class ChainBuilder : protected RowBuilder {
protected:
  ChainBuilder(ImplicitLocOpBuilder &b, const RowsProduct &product, const HostShape &shape)
      : RowBuilder(b), p(product), lanes(shape.lanes()) {}

  /// Offsets and types of vectors that lie side by side.
  using Pieces = ArrayRef<std::pair<int64_t, VectorType>>;
  /// `addInputs(k, offset, sums)` adds the products of `step` inputs from k + offset on to the sums, those of
  /// a row after those of the row before; an iteration takes `unroll` inputs. Behind the sums it gets what it
  /// left there for the next inputs, `early` for the first ones. What is ahead is fetched with the first
  /// group of rows, or half of it with each of the first two.
  void emitChains(RowGroup group, Value column, int64_t width, Pieces pieces, int64_t unroll, int64_t step,
                  function_ref<void(Value k, int64_t offset, MutableArrayRef<Value> sums)> addInputs,
                  ArrayRef<Value> early = {}) const;
  /// Whether an iteration of the group fetches.
  Value fetches(RowGroup group, Value iteration) const;
  /// The left factor of row `row + r` and input k + offset.
  Value factor(Value row, int64_t r, Value k, int64_t offset) const;

  RowsProduct p;
  int64_t lanes;
};

} // namespace mlir::v4

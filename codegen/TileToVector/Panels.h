// Words of a weight as a program multiplies by them: a panel, or panels abreast, each a stream of its own.
#pragma once

#include "codegen/TileToVector/TilePatterns.h"

namespace mlir::v4 {

/// Rows of `outputs` elements of `memory`: of one panel, or of panels [.., panels, rows, width] abreast.
struct Panels {
  Panels(MemRefType memory, int64_t outputs);

  /// From a panel to the next, in elements.
  int64_t stride() const { return rows * width; }
  /// Which panel has output `column`, times `stride()`, plus its place in a row: the element of row 0.
  Value elementOf(OpBuilder &builder, Location loc, Value column) const;
  /// What is read `step` rows after row `row`, which is at `at`: more of the first panel, or the first rows
  /// of the panels at `then`, those that follow if it is null.
  Value ahead(OpBuilder &builder, Location loc, Value at, Value row, int64_t step, Value then = {}) const;
  /// Rows in as many bytes as should be fetched ahead.
  int64_t rowsAhead() const;
  /// Fetches `count` rows of all panels, of which the first one's begin at `first`: processors that fetch
  /// ahead stop at every page.
  void fetch(OpBuilder &builder, Location loc, Value first, int64_t count) const;

  int64_t panels, rows, width;
  Type element;
};

} // namespace mlir::v4

// Accesses to memory, and which of them cannot be to the same elements.
#pragma once

#include "dialects/Tile/IR/TileDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::v4 {

struct TileAccess {
  Operation *op = nullptr;
  Value memory; // argument or scratch; null: not an access
  bool isWrite = false;
  // Along each dimension of `type`; empty: anywhere.
  MemRefType type;
  SmallVector<Value, 4> offsets;
  SmallVector<int64_t, 4> sizes;

  explicit TileAccess(Operation *op);

  // Whether both can be to the same element, and one of them writes it; in one iteration of the loops around
  // both.
  bool conflicts(const TileAccess &later) const;
  // Likewise, with `later` in a later iteration of `loop`, which is around both.
  bool conflictsInLaterIteration(const TileAccess &later, Operation *loop) const;

private:
  bool sharesMemory(const TileAccess &later) const;
};

} // namespace mlir::v4

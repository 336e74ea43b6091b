// What sequences remember between calls of the executor.
#pragma once

#include "dialects/V4/Reference/Tensor.h"

#include "llvm/Support/Error.h"

#include <map>

namespace mlir::v4::reference {

/// One state of all sequences: rows by slot and number, a position in a ring or an entry in a table. Each
/// place remembers the number of the row that it holds, so that reading a row that was never written, or that
/// a later one has replaced, is an error and not a wrong result.
class State {
public:
  enum class Kind { ring, entries };

  State() = default;
  /// `bf16`: rows are rounded when they are written.
  State(Kind kind, int64_t rows, int64_t width, bool bf16 = false)
      : kind_(kind), rows_(rows), width_(width), bf16_(bf16) {}

  Kind kind() const { return kind_; }
  int64_t rows() const { return rows_; }
  int64_t width() const { return width_; }

  /// Stores `width` values as row `number`. Fails for entries beyond the table's end.
  llvm::Error write(int64_t slot, int64_t number, const double *values);
  /// The row, or an error when the state does not hold it.
  llvm::Expected<const double *> read(int64_t slot, int64_t number) const;
  /// Forgets a slot's rows.
  void clear(int64_t slot) { slots_.erase(slot); }
  /// Entries [0, count) of a slot up to the first that was never written, [count, width].
  Tensor written(int64_t slot) const;

private:
  struct Slot {
    std::vector<double> values;
    std::vector<int64_t> numbers; // of the row that a place holds, -1: none
  };

  Kind kind_ = Kind::ring;
  int64_t rows_ = 0;
  int64_t width_ = 0;
  bool bf16_ = false;
  std::map<int64_t, Slot> slots_;
};

} // namespace mlir::v4::reference

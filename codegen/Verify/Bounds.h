// How far a value of a compiled model may be from the reference's, by what rounds it (docs/verify.md).
#pragma once

#include "dialects/V4/IR/V4Dialect.h"
#include "dialects/V4/Reference/Tensor.h"

namespace mlir::v4 {

/// Three measures of one tensor against another; as a bound, the largest that hold.
struct Deviation {
  double changed = 0; // share of values that are not the same
  double row = 0;     // error of a row over the row's size, both root mean squares; the farthest row
  double element = 0; // error of a value over the larger of it and its row's size; the farthest

  /// The largest share of a bound that is used up: above 1 the bound does not hold. `measure` says of which.
  double of(const Deviation &bound, StringRef &measure) const;
};

/// The deviation of rows of `found` from `wanted`; collects over calls.
class Comparison {
public:
  /// Compares `width` values; true if this row is the farthest so far.
  bool addRow(const double *wanted, const double *found, int64_t width);
  Deviation deviation() const;
  int64_t rows() const { return rowCount; }

private:
  Deviation worst;
  int64_t rowCount = 0, values = 0, different = 0;
};

/// The bound of a result whose op had what the compiled model's had: `direct`, all operands were seen;
/// otherwise some roundings lie between.
Deviation boundOf(OpResult result, bool direct);

/// A choice is a near-tie if no rejected score is so much better than a chosen one, as a share of the largest
/// score of the row: what float32 sums may be off.
inline constexpr double kTieMargin = 1e-5;

} // namespace mlir::v4

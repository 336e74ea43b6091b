#include "codegen/Verify/Bounds.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>
#include <limits>

namespace mlir::v4 {

/// Float32 sums in another order: no value need be the same, none is far.
static constexpr Deviation kFloat32 = {1, 2e-5, 2e-4};
/// A value near the middle of two of the format's may round the other way; few are.
static constexpr Deviation kBF16 = {0.02, 4e-3, 1.6e-2};
static constexpr Deviation kE4M3 = {0.02, 5e-2, 0.16};
static constexpr Deviation kE2M1 = {0.02, 0.3, 1.2};
/// Several BF16 roundings, one after the other; a GPU rounds shares of another largest score.
static constexpr Deviation kManyBF16 = {0.5, 8e-3, 3.2e-2};
/// A float32 sum of products that were rounded to BF16.
static constexpr Deviation kSumOfBF16 = {0.2, 4e-3, 1.6e-2};

static double shareOf(double value, double bound) {
  if (value <= bound)
    return bound > 0 ? value / bound : 0;
  return bound > 0 ? value / bound : std::numeric_limits<double>::infinity();
}

double Deviation::of(const Deviation &bound, StringRef &measure) const {
  std::pair<double, StringRef> shares[] = {
      {shareOf(row, bound.row), "row"},
      {shareOf(element, bound.element), "element"},
      {shareOf(bound.changed < 1 ? changed : 0, bound.changed), "changed"}};
  auto worst = std::max_element(std::begin(shares), std::end(shares),
                                [](const auto &a, const auto &b) { return a.first < b.first; });
  measure = worst->second;
  return worst->first;
}

bool Comparison::addRow(const double *wanted, const double *found, int64_t width) {
  double squares = 0, errors = 0, farthest = 0;
  for (int64_t i = 0; i < width; ++i)
    squares += std::isfinite(wanted[i]) ? wanted[i] * wanted[i] : 0;
  double size = std::max(std::sqrt(squares / static_cast<double>(width)), 1e-30);
  for (int64_t i = 0; i < width; ++i) {
    // What is stored as float32 was rounded to it.
    if (found[i] == wanted[i] || found[i] == static_cast<double>(static_cast<float>(wanted[i])))
      continue;
    ++different;
    double error = std::abs(found[i] - wanted[i]);
    if (std::isnan(error))
      error = std::numeric_limits<double>::infinity();
    errors += error * error;
    farthest = std::max(farthest, error / std::max(std::abs(wanted[i]), size));
  }
  double error = std::sqrt(errors / static_cast<double>(width)) / size;
  ++rowCount;
  values += width;
  bool isFarthest = error > worst.row;
  worst.row = std::max(worst.row, error);
  worst.element = std::max(worst.element, farthest);
  return isFarthest;
}

Deviation Comparison::deviation() const {
  Deviation result = worst;
  result.changed = values ? static_cast<double>(different) / static_cast<double>(values) : 0;
  // A single value that rounds the other way is a large share of a few.
  if (different <= 2 && worst.element <= kBF16.element)
    result.changed = std::min(result.changed, kBF16.changed);
  return result;
}

Deviation boundOf(OpResult result, bool direct) {
  Operation *op = result.getOwner();
  bool bf16 = cast<RankedTensorType>(result.getType()).getElementType().isBF16();
  if (auto quantise = dyn_cast<FakeQuantiseOp>(op)) {
    // Scales are powers of two: the same input gives the same numbers.
    if (direct)
      return {};
    return quantise.getFormat() == QuantFormat::e2m1 ? kE2M1 : kE4M3;
  }
  if (!direct)
    return bf16 ? Deviation{0.2, 5e-2, 0.16} : kFloat32;
  if (isa<HeadNormOp, WindowAttentionOp, CsaAttentionOp, HcaAttentionOp>(op) && bf16)
    return kManyBF16;
  if (auto down = dyn_cast<ExpertDownOp>(op); down && down.getNumerics().getOption("activations") == "bf16")
    return kSumOfBF16;
  return bf16 ? kBF16 : kFloat32;
}

} // namespace mlir::v4

#include "dialects/V4/Reference/State.h"

#include "dialects/V4/Reference/Quantise.h"

#include <algorithm>

namespace mlir::v4::reference {

llvm::Error State::write(int64_t slot, int64_t number, const double *values) {
  if (kind_ == Kind::entries && number >= rows_)
    return llvm::createStringError("slot %lld needs entry %lld, but the state has room for %lld",
                                   static_cast<long long>(slot), static_cast<long long>(number),
                                   static_cast<long long>(rows_));
  Slot &place = slots_[slot];
  if (place.numbers.empty()) {
    place.values.resize(rows_ * width_);
    place.numbers.resize(rows_, -1);
  }
  double *row = place.values.data() + number % rows_ * width_;
  std::transform(values, values + width_, row,
                 [&](double value) { return bf16_ ? roundToBF16(value) : value; });
  place.numbers[number % rows_] = number;
  return llvm::Error::success();
}

llvm::Expected<const double *> State::read(int64_t slot, int64_t number) const {
  auto found = slots_.find(slot);
  if (found != slots_.end() && found->second.numbers[number % rows_] == number)
    return found->second.values.data() + number % rows_ * width_;
  return llvm::createStringError("the %s of %lld rows does not hold %s %lld of slot %lld",
                                 kind_ == Kind::ring ? "ring" : "table", static_cast<long long>(rows_),
                                 kind_ == Kind::ring ? "position" : "entry", static_cast<long long>(number),
                                 static_cast<long long>(slot));
}

Tensor State::written(int64_t slot) const {
  auto found = slots_.find(slot);
  if (found == slots_.end())
    return Tensor({0, width_});
  int64_t count = 0;
  while (count < rows_ && found->second.numbers[count] == count)
    ++count;
  const std::vector<double> &values = found->second.values;
  return Tensor({count, width_}, std::vector<double>(values.begin(), values.begin() + count * width_));
}

} // namespace mlir::v4::reference

// Values of the reference executor.
#pragma once

#include "llvm/Support/raw_ostream.h"

#include <cassert>
#include <cstdint>
#include <vector>

namespace mlir::v4::reference {

/// A dense row-major tensor. Ids are doubles too: every id that a model has is exact in one.
struct Tensor {
  std::vector<int64_t> shape;
  std::vector<double> data;

  Tensor() = default;
  /// Zeros.
  explicit Tensor(std::vector<int64_t> extents) : shape(std::move(extents)), data(product(0)) {}
  Tensor(std::vector<int64_t> extents, std::vector<double> values)
      : shape(std::move(extents)), data(std::move(values)) {
    assert(static_cast<int64_t>(data.size()) == product(0) && "as many values as the shape has");
  }

  int64_t rank() const { return static_cast<int64_t>(shape.size()); }
  int64_t size() const { return static_cast<int64_t>(data.size()); }
  /// Extent of dimension `index`; negative indices count from the end.
  int64_t dim(int64_t index) const { return shape[index < 0 ? rank() + index : index]; }
  int64_t rows() const { return shape.empty() ? 1 : shape[0]; }
  /// Elements of one row.
  int64_t width() const { return product(1); }

  double *row(int64_t index) { return data.data() + index * width(); }
  const double *row(int64_t index) const { return data.data() + index * width(); }
  /// Element `index` of a vector of ids.
  int64_t id(int64_t index) const { return static_cast<int64_t>(data[index]); }

private:
  int64_t product(size_t from) const {
    int64_t result = 1;
    for (size_t i = from; i < shape.size(); ++i)
      result *= shape[i];
    return result;
  }
};

/// Prints `[1, 2.5]` a line for each innermost row, numbers with `digits` significant digits.
void print(const Tensor &tensor, int digits, llvm::raw_ostream &os);

} // namespace mlir::v4::reference

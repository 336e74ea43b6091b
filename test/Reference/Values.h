// Short ways to write values in tests of the reference executor.
#pragma once

#include "dialects/V4/Reference/Tensor.h"

#include <random>

namespace v4test {

inline mlir::v4::reference::Tensor randomTensor(std::vector<int64_t> shape, std::mt19937 &generator) {
  mlir::v4::reference::Tensor tensor(std::move(shape));
  std::normal_distribution<double> normal;
  for (double &value : tensor.data)
    value = normal(generator);
  return tensor;
}

/// [begin, begin + 1, ... end - 1]
inline mlir::v4::reference::Tensor countFrom(int64_t begin, int64_t end) {
  mlir::v4::reference::Tensor tensor({end - begin});
  for (int64_t i = begin; i < end; ++i)
    tensor.data[i - begin] = static_cast<double>(i);
  return tensor;
}

inline mlir::v4::reference::Tensor filled(std::vector<int64_t> shape, double value) {
  mlir::v4::reference::Tensor tensor(std::move(shape));
  std::fill(tensor.data.begin(), tensor.data.end(), value);
  return tensor;
}

} // namespace v4test

// Tensors of a safetensors file, as numbers.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace v4test {

struct Tensor {
  std::vector<int64_t> shape;
  std::vector<double> values; // F32, F64, BF16, I32 and I64 alike; of one-byte types the codes
  bool isInteger = false;

  int64_t rows() const { return shape.empty() ? 1 : shape[0]; }
  /// Elements of a row: all dimensions but the first.
  int64_t width() const { return rows() ? static_cast<int64_t>(values.size()) / rows() : 0; }
  const double *row(int64_t index) const { return values.data() + index * width(); }
  std::vector<int> integers() const { return {values.begin(), values.end()}; }
};

using TensorFile = std::map<std::string, Tensor>;

/// Reads all tensors; throws std::runtime_error with the reason.
TensorFile readTensors(const std::string &path);

} // namespace v4test

// Specification, section 2.
#include "dialects/V4/Reference/Ops.h"
#include "dialects/V4/Reference/Quantise.h"

namespace mlir::v4::reference {

Tensor fakeQuantise(const Tensor &input, std::vector<int64_t> shape, QuantFormat format, int64_t block,
                    int64_t first) {
  Tensor result(std::move(shape), input.data);
  int64_t width = result.dim(-1);
  for (int64_t begin = 0; begin < result.size(); begin += width)
    fakeQuantise(&result.data[begin], first, format, block);
  return result;
}

Tensor hadamard(const Tensor &input) {
  Tensor result = input;
  int64_t width = result.dim(-1);
  for (int64_t begin = 0; begin < result.size(); begin += width)
    hadamard(&result.data[begin], width);
  return result;
}

} // namespace mlir::v4::reference

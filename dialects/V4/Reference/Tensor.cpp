#include "dialects/V4/Reference/Tensor.h"

#include "llvm/Support/Format.h"

namespace mlir::v4::reference {

void print(const Tensor &tensor, int digits, llvm::raw_ostream &os) {
  int64_t width = tensor.shape.empty() ? 1 : tensor.dim(-1);
  for (int64_t begin = 0; begin < tensor.size(); begin += width) {
    os << '[';
    for (int64_t i = 0; i < width; ++i) {
      // Adding zero turns a negative zero, which says nothing to a reader, into zero.
      double value = tensor.data[begin + i] + 0.0;
      os << (i ? ", " : "") << llvm::format("%.*g", digits, value);
    }
    os << "]\n";
  }
}

} // namespace mlir::v4::reference

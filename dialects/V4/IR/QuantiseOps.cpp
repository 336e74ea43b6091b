#include "dialects/V4/IR/Shapes.h"
#include "dialects/V4/IR/V4Dialect.h"

#include "llvm/Support/MathExtras.h"

namespace mlir::v4 {

LogicalResult FakeQuantiseOp::verify() {
  ShapeMatcher shapes(*this);
  if (!shapes.matchRow("input", getInput(), "T", "N") ||
      !shapes.matchRow("result", getResult(), "T", "N")) // fake_quantise_c1
    return failure();
  int64_t last = getResult().getType().getShape().back();
  if (getFirst() && static_cast<int64_t>(*getFirst()) > last) // fake_quantise_c2
    return emitOpError() << "quantises the first " << *getFirst() << " elements, but the last dimension has "
                         << last;
  Type in = getInput().getType().getElementType(), out = getResult().getType().getElementType();
  if (out != in && !out.isF32()) // fake_quantise_c3
    return emitOpError() << "makes " << out << " of " << in << ", but a result of " << in
                         << " or f32 is wanted";
  return success();
}

LogicalResult HadamardOp::verify() {
  int64_t size = getInput().getType().getShape().back();
  if (size <= 0 || !llvm::isPowerOf2_64(size)) // hadamard_c1
    return emitOpError() << "rotates a power of two of dimensions, not " << size;
  return success(ShapeMatcher(*this).matchSame("result", getResult(), "input", getInput())); // hadamard_c2
}

} // namespace mlir::v4

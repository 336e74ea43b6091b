// Verifiers of `tile` ops: values that become others.
#include "dialects/Tile/IR/TileDialect.h"

namespace mlir::tile {

LogicalResult TransposeOp::verify() {
  RankedTensorType input = getInput().getType(), result = getResult().getType();
  if (input.getRank() != 2 || result.getRank() != 2 || input.getDimSize(0) != result.getDimSize(1) ||
      input.getDimSize(1) != result.getDimSize(0) ||
      input.getElementType() != result.getElementType()) // transpose_c1
    return emitOpError("makes ") << result << " of " << input << ", but wants [C, R] of [R, C]";
  return success();
}

LogicalResult ReduceOp::verify() {
  RankedTensorType input = getInput().getType();
  Type wanted = input.getElementType();
  if (wanted.isInteger(1)) // reduce_c2
    return emitOpError("combines i1 elements");
  if (input.getRank() == 2)
    wanted = RankedTensorType::get(input.getShape().take_front(), wanted);
  if (getResult().getType() != wanted) // reduce_c1
    return emitOpError("reduces ") << input << " to " << wanted << ", but the result is "
                                   << getResult().getType();
  return success();
}

LogicalResult SplatOp::verify() {
  Type element = getResult().getType().getElementType();
  if (getValue().getType() != element) // splat_c1
    return emitOpError("fills a tile of ") << element << " with a value of " << getValue().getType();
  return success();
}

LogicalResult BroadcastOp::verify() {
  RankedTensorType input = getInput().getType(), result = getResult().getType();
  if (input.getRank() != 1 || result.getRank() != 2 ||
      input.getElementType() != result.getElementType()) // broadcast_c1
    return emitOpError("makes ") << result << " of " << input
                                 << ", but wants a tile of rank 2 of one of rank 1, elements alike";
  int64_t kept = getAlong() == 0 ? 1 : 0;
  if (input.getDimSize(0) != result.getDimSize(kept)) // broadcast_c2
    return emitOpError("repeats ") << input.getDimSize(0) << " elements along dimension " << getAlong()
                                   << ", but dimension " << kept << " of the result has "
                                   << result.getDimSize(kept);
  return success();
}

LogicalResult IotaOp::verify() {
  RankedTensorType result = getResult().getType();
  if (result.getRank() != 1 || !result.getElementType().isInteger(32)) // iota_c1
    return emitOpError("counts in ") << result << ", which is not a row tile of i32";
  return success();
}

LogicalResult WidenOp::verify() {
  RankedTensorType input = getInput().getType(), result = getResult().getType();
  int64_t numbers = numbersInElement(getFormat(), input.getElementType());
  if (numbers == 0 || !result.getElementType().isF32()) // widen_c1
    return emitOpError("decodes ") << input.getElementType() << " to " << result.getElementType() << " as "
                                   << stringifyFormat(getFormat())
                                   << " instead of i8, or the format's words, to f32";
  SmallVector<int64_t> shape(input.getShape());
  if (numbers > 1 && input.getRank() != 2) // widen_c2
    return emitOpError("decodes several rows of one, but the input has rank 1");
  shape[0] *= numbers;
  auto wanted = RankedTensorType::get(shape, result.getElementType());
  if (result != wanted) // widen_c2
    return emitOpError("decodes ") << input << " to " << wanted << ", but the result is " << result;
  return success();
}

static LogicalResult verifyHalves(Operation *op, RankedTensorType whole, RankedTensorType half) {
  if (whole.getRank() == 1 && half.getRank() == 1 && whole.getElementType() == half.getElementType() &&
      whole.getDimSize(0) == 2 * half.getDimSize(0))
    return success();
  return op->emitOpError("has halves of type ")
         << half << " and a whole of type " << whole << ", but wants row tiles, one twice as long";
}

LogicalResult DeinterleaveOp::verify() { // deinterleave_c1
  return verifyHalves(*this, getInput().getType(), getEven().getType());
}

LogicalResult InterleaveOp::verify() { // interleave_c1
  return verifyHalves(*this, getResult().getType(), getEven().getType());
}

} // namespace mlir::tile

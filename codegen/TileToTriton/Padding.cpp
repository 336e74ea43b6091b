#include "codegen/TileToTriton/TritonPatterns.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::v4 {

RankedTensorType paddedType(RankedTensorType tile) {
  auto shape =
      llvm::map_to_vector(tile.getShape(), [](int64_t size) { return int64_t(llvm::PowerOf2Ceil(size)); });
  return tile.clone(shape);
}

bool isPadded(RankedTensorType tile) { return paddedType(tile) != tile; }

Value TritonBuilder::constant(Type type, int64_t value) {
  Attribute element = getIntegerAttr(getElementTypeOrSelf(type), value);
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    element = DenseElementsAttr::get(tensor, element);
  return arith::ConstantOp::create(*this, cast<TypedAttr>(element));
}

Value TritonBuilder::constantFloat(Type type, double value) {
  Attribute element = getFloatAttr(getElementTypeOrSelf(type), value);
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    element = DenseElementsAttr::get(tensor, element);
  return arith::ConstantOp::create(*this, cast<TypedAttr>(element));
}

Value TritonBuilder::zero(Type type) {
  return arith::ConstantOp::create(*this, cast<TypedAttr>(getZeroAttr(type)));
}

Value TritonBuilder::splat(Type type, Value value) { return tt::SplatOp::create(*this, type, value); }

Value TritonBuilder::range(ArrayRef<int64_t> shape, unsigned dim) {
  auto row = RankedTensorType::get({shape[dim]}, getI32Type());
  Value numbers = shape[dim] == 1
                      ? constant(row, 0)
                      : Value(tt::MakeRangeOp::create(*this, row, /*start=*/0, int32_t(shape[dim])));
  return spread(numbers, shape, dim);
}

Value TritonBuilder::spread(Value row, ArrayRef<int64_t> shape, unsigned dim) {
  if (shape.size() == 1)
    return row;
  auto type = cast<RankedTensorType>(row.getType());
  SmallVector<int64_t> narrow(shape.size(), 1);
  narrow[dim] = shape[dim];
  Value column = tt::ExpandDimsOp::create(*this, type.clone(narrow), row, 1 - dim);
  return llvm::equal(narrow, shape) ? column
                                    : tt::BroadcastOp::create(*this, type.clone(shape), column).getResult();
}

Value TritonBuilder::both(Value x, Value y) {
  if (!x || !y)
    return x ? x : y;
  return arith::AndIOp::create(*this, x, y);
}

Value TritonBuilder::insideMask(RankedTensorType tile, ArrayRef<unsigned> dims) {
  RankedTensorType padded = paddedType(tile);
  Value mask;
  for (unsigned dim : dims) {
    if (padded.getDimSize(dim) == tile.getDimSize(dim))
      continue;
    Value number = range(padded.getShape(), dim);
    Value inside = arith::CmpIOp::create(*this, arith::CmpIPredicate::slt, number,
                                         constant(number.getType(), tile.getDimSize(dim)));
    mask = both(mask, inside);
  }
  return mask;
}

Value TritonBuilder::fillPadding(Value value, RankedTensorType tile, ArrayRef<unsigned> dims, Value neutral) {
  Value mask = insideMask(tile, dims);
  return mask ? arith::SelectOp::create(*this, mask, value, neutral).getResult() : value;
}

bool hasZeroPadding(Value tile) {
  Operation *op = tile.getDefiningOp();
  if (isa_and_nonnull<tile::LoadOp, tile::GatherOp>(op))
    return true;
  if (isa_and_nonnull<arith::ExtFOp, arith::TruncFOp, tile::TransposeOp>(op))
    return hasZeroPadding(op->getOperand(0));
  return false;
}

} // namespace mlir::v4

#include "passes/ModelToTile/KernelBuilder.h"

namespace mlir::v4 {

int64_t rowElements(Value tensor) {
  int64_t elements = 1;
  for (int64_t size : cast<RankedTensorType>(tensor.getType()).getShape().drop_front())
    elements *= size;
  return elements;
}

// Scalars
// ------------------------------------------------------------------------------------------------------

Value KernelBuilder::index(int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value); }

Value KernelBuilder::i32(int64_t value) {
  return arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(static_cast<int32_t>(value)));
}

Value KernelBuilder::f32(double value) {
  return arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(static_cast<float>(value)));
}

Value KernelBuilder::add(Value a, Value b) { return builder.createOrFold<arith::AddIOp>(loc, a, b); }
Value KernelBuilder::sub(Value a, Value b) { return builder.createOrFold<arith::SubIOp>(loc, a, b); }
Value KernelBuilder::mul(Value a, Value b) { return builder.createOrFold<arith::MulIOp>(loc, a, b); }
Value KernelBuilder::div(Value a, Value b) { return builder.createOrFold<arith::DivUIOp>(loc, a, b); }
Value KernelBuilder::rem(Value a, Value b) { return builder.createOrFold<arith::RemUIOp>(loc, a, b); }

Value KernelBuilder::less(Value a, Value b) {
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, a, b);
}

Value KernelBuilder::toIndex(Value value) {
  return arith::IndexCastOp::create(builder, loc, builder.getIndexType(), value);
}

Value KernelBuilder::toI32(Value value) {
  return arith::IndexCastOp::create(builder, loc, builder.getI32Type(), value);
}

Value KernelBuilder::rowId(Value ids, Value row) { return toIndex(loadScalar(memory(ids), {row, index(0)})); }

// Tiles
// --------------------------------------------------------------------------------------------------------

RankedTensorType KernelBuilder::tileType(ArrayRef<int64_t> shape, Type element) {
  return RankedTensorType::get(shape, element);
}

Value KernelBuilder::load(Value memory, ValueRange offsets, ArrayRef<int64_t> shape, bool masked) {
  Type element = cast<MemRefType>(memory.getType()).getElementType();
  return tile::LoadOp::create(builder, loc, tileType(shape, element), memory, offsets, masked);
}

Value KernelBuilder::loadPanels(Value memory, ValueRange offsets, ArrayRef<int64_t> shape) {
  Type element = cast<MemRefType>(memory.getType()).getElementType();
  return tile::LoadPanelsOp::create(builder, loc, tileType(shape, element), memory, offsets);
}

Value KernelBuilder::loadF32(Value memory, ValueRange offsets, ArrayRef<int64_t> shape, bool masked) {
  Value tile = load(memory, offsets, shape, masked);
  if (cast<RankedTensorType>(tile.getType()).getElementType().isF32())
    return tile;
  return arith::ExtFOp::create(builder, loc, f32Tile(shape), tile);
}

Value KernelBuilder::loadFactor(Value memory, ValueRange offsets, ArrayRef<int64_t> shape, bool masked) {
  return target.isGpu() ? load(memory, offsets, shape, masked) : loadF32(memory, offsets, shape, masked);
}

Value KernelBuilder::loadScalar(Value memory, ValueRange offsets) {
  Type element = cast<MemRefType>(memory.getType()).getElementType();
  return tile::LoadScalarOp::create(builder, loc, element, memory, offsets);
}

Value KernelBuilder::loadScalarF32(Value memory, ValueRange offsets) {
  Value value = loadScalar(memory, offsets);
  if (value.getType().isF32())
    return value;
  return arith::ExtFOp::create(builder, loc, builder.getF32Type(), value);
}

/// `value`, a scalar or a tile, as what `memory` holds.
static Value narrowFor(KernelBuilder &k, Value value, Value memory) {
  Type element = cast<MemRefType>(memory.getType()).getElementType();
  if (!element.isBF16() || getElementTypeOrSelf(value).isBF16())
    return value;
  Type type = element;
  if (auto tile = dyn_cast<RankedTensorType>(value.getType()))
    type = tile.clone(element);
  return arith::TruncFOp::create(k.builder, k.loc, type, value);
}

void KernelBuilder::store(Value tile, Value memory, ValueRange offsets, bool masked) {
  tile = narrowFor(*this, tile, memory);
  tile::StoreOp::create(builder, loc, tile, memory, offsets, masked);
}

void KernelBuilder::storeScalar(Value value, Value memory, ValueRange offsets) {
  value = narrowFor(*this, value, memory);
  tile::StoreScalarOp::create(builder, loc, value, memory, offsets);
}

void KernelBuilder::storeColumn(Value tile, Value memory, ValueRange offsets) {
  int64_t lanes = cast<RankedTensorType>(tile.getType()).getDimSize(0);
  store(broadcast(tile, {lanes, 1}, 1), memory, offsets);
}

Value KernelBuilder::scratch(ArrayRef<int64_t> shape) {
  return tile::ScratchOp::create(builder, loc, MemRefType::get(shape, builder.getF32Type()));
}

Value KernelBuilder::programMemory(StringRef name, ArrayRef<int64_t> shape, Type element) {
  auto type = MemRefType::get(shape, element ? element : builder.getF32Type());
  Value &memory = programMemories[{builder.getStringAttr(name), type}];
  if (!memory) {
    OpBuilder::InsertionGuard guard(builder);
    auto kernel = builder.getInsertionBlock()->getParent()->getParentOfType<tile::KernelOp>();
    if (!kernel)
      kernel = cast<tile::KernelOp>(builder.getInsertionBlock()->getParentOp());
    builder.setInsertionPointToStart(&kernel.getBody().front());
    memory = tile::ScratchOp::create(builder, loc, type);
  }
  return memory;
}

Value KernelBuilder::gatherFactor(Value memory, ValueRange leading, Value rows, Value column, int64_t width) {
  int64_t count = cast<RankedTensorType>(rows.getType()).getDimSize(0);
  Type element = cast<MemRefType>(memory.getType()).getElementType();
  return tile::GatherOp::create(builder, loc, tileType({count, width}, element), memory, leading, rows,
                                column);
}

Value KernelBuilder::gather(Value memory, ValueRange leading, Value rows, Value column, int64_t width) {
  return widenBF16(gatherFactor(memory, leading, rows, column, width));
}

Value KernelBuilder::viewHeads(Value memory, int64_t heads, int64_t size) {
  auto type = cast<MemRefType>(memory.getType());
  auto shaped = MemRefType::get({ShapedType::kDynamic, heads, size}, type.getElementType());
  return type == shaped ? memory : tile::ViewOp::create(builder, loc, shaped, memory).getResult();
}

Value KernelBuilder::splat(Value scalar, ArrayRef<int64_t> shape) {
  return tile::SplatOp::create(builder, loc, tileType(shape, scalar.getType()), scalar);
}

Value KernelBuilder::constant(double value, ArrayRef<int64_t> shape) {
  auto attr = DenseElementsAttr::get(f32Tile(shape), static_cast<float>(value));
  return arith::ConstantOp::create(builder, loc, attr);
}

Value KernelBuilder::iota(int64_t size) {
  return tile::IotaOp::create(builder, loc, tileType({size}, builder.getI32Type()));
}

Value KernelBuilder::broadcast(Value tile, ArrayRef<int64_t> shape, int64_t along) {
  Type element = cast<RankedTensorType>(tile.getType()).getElementType();
  return tile::BroadcastOp::create(builder, loc, tileType(shape, element), tile, along);
}

Value KernelBuilder::reduce(tile::ReduceKind kind, Value tile) {
  auto type = cast<RankedTensorType>(tile.getType());
  Type result = type.getElementType();
  if (type.getRank() == 2)
    result = tileType({type.getDimSize(0)}, result);
  return tile::ReduceOp::create(builder, loc, result, kind, tile);
}

Value KernelBuilder::transpose(Value tile) {
  auto type = cast<RankedTensorType>(tile.getType());
  auto turned = tileType({type.getDimSize(1), type.getDimSize(0)}, type.getElementType());
  return tile::TransposeOp::create(builder, loc, turned, tile);
}

Value KernelBuilder::dot(Value a, Value b, Value acc) {
  return tile::DotOp::create(builder, loc, acc.getType(), a, b, acc);
}

Value KernelBuilder::widenBF16(Value a) {
  auto type = cast<RankedTensorType>(a.getType());
  return type.getElementType().isBF16()
             ? Value(arith::ExtFOp::create(builder, loc, f32Tile(type.getShape()), a))
             : a;
}

void KernelBuilder::dotRows(Value x, Value w, Value acc, Value count, Value column, bool turned) {
  tile::DotRowsOp::create(builder, loc, x, column ? column : index(0), w, acc, count, /*scales=*/Value(),
                          turned);
}

Value KernelBuilder::wholeDotRows(Value count, int64_t together) {
  return mul(div(add(count, index(together - 1)), index(together)), index(together));
}

Value KernelBuilder::dotFactors(Value a, Value b, Value acc) {
  if (getElementTypeOrSelf(a) == getElementTypeOrSelf(b))
    return dot(a, b, acc);
  return dot(widenBF16(a), widenBF16(b), acc);
}

// Elementwise
// --------------------------------------------------------------------------------------------------

Value KernelBuilder::addf(Value a, Value b) { return arith::AddFOp::create(builder, loc, a, b); }
Value KernelBuilder::subf(Value a, Value b) { return arith::SubFOp::create(builder, loc, a, b); }
Value KernelBuilder::mulf(Value a, Value b) { return arith::MulFOp::create(builder, loc, a, b); }
Value KernelBuilder::divf(Value a, Value b) { return arith::DivFOp::create(builder, loc, a, b); }
Value KernelBuilder::fma(Value a, Value b, Value c) { return math::FmaOp::create(builder, loc, a, b, c); }
Value KernelBuilder::maxf(Value a, Value b) { return arith::MaxNumFOp::create(builder, loc, a, b); }
Value KernelBuilder::minf(Value a, Value b) { return arith::MinNumFOp::create(builder, loc, a, b); }
Value KernelBuilder::exp(Value a) { return math::ExpOp::create(builder, loc, a); }

Value KernelBuilder::sigmoid(Value a) {
  Value one = constantLike(a, 1.0);
  Value negated = arith::NegFOp::create(builder, loc, a);
  return divf(one, addf(one, exp(negated)));
}

Value KernelBuilder::roundBF16(Value a) {
  Type narrow = builder.getBF16Type();
  if (auto tile = dyn_cast<RankedTensorType>(a.getType()))
    narrow = tile.clone(narrow);
  Value rounded = arith::TruncFOp::create(builder, loc, narrow, a);
  return arith::ExtFOp::create(builder, loc, a.getType(), rounded);
}

Value KernelBuilder::inverseRms(Value sum, int64_t size, APFloat eps) {
  Value mean = divf(sum, f32(size));
  Value root = math::SqrtOp::create(builder, loc, addf(mean, f32(eps.convertToDouble())));
  return divf(f32(1.0), root);
}

Value KernelBuilder::constantLike(Value like, double value) {
  if (auto type = dyn_cast<RankedTensorType>(like.getType())) {
    APFloat number(value);
    bool inexact;
    number.convert(cast<FloatType>(type.getElementType()).getFloatSemantics(), APFloat::rmNearestTiesToEven,
                   &inexact);
    return arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(type, number));
  }
  return arith::ConstantOp::create(builder, loc, builder.getFloatAttr(like.getType(), value));
}

} // namespace mlir::v4

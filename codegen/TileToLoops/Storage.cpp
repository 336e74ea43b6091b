// Tiles in memory: where they are, and how elements come and go.
#include "codegen/TileToLoops/LoopEmitter.h"

namespace mlir::v4 {

static constexpr int64_t kAlignment = 64;

/// What an element is in memory: LLVM's x86 backend moves bf16 and i1 in lanes poorly.
static Type storedAs(Type element) {
  if (element.isBF16())
    return IntegerType::get(element.getContext(), 16);
  if (element.isInteger(1))
    return IntegerType::get(element.getContext(), 8);
  return element;
}

static Type ofWidth(Type element, int64_t width) {
  return width == 1 ? element : VectorType::get({width}, element);
}

int64_t LoopEmitter::chunk(int64_t size) {
  int64_t width = 16;
  while (size % width != 0)
    width /= 2;
  return width;
}

TileStorage LoopEmitter::allocate(Type element, int64_t rows, int64_t columns) {
  int64_t bytes = llvm::divideCeil(storedAs(element).getIntOrFloatBitWidth(), 8) * rows * columns;
  TileStorage storage = {address(frame, b.getI8Type(), index(frameTop)), element, rows, columns};
  frameTop += llvm::alignTo(bytes, kAlignment);
  frameBytes = std::max(frameBytes, frameTop);
  return storage;
}

TileStorage LoopEmitter::allocate(RankedTensorType type) {
  return allocate(type.getElementType(), type.getRank() == 2 ? type.getDimSize(0) : 1,
                  type.getShape().back());
}

const TileStorage &LoopEmitter::define(Value value) {
  return tiles[value] = allocate(cast<RankedTensorType>(value.getType()));
}

Value LoopEmitter::address(Value base, Type element, Value number) {
  auto pointer = LLVM::LLVMPointerType::get(b.getContext());
  Value number64 = arith::IndexCastOp::create(b, b.getI64Type(), number);
  return LLVM::GEPOp::create(b, pointer, storedAs(element), base, ValueRange{number64},
                             LLVM::GEPNoWrapFlags::inbounds);
}

Value LoopEmitter::loadAt(Value address, Type element, int64_t width) {
  Type stored = storedAs(element);
  unsigned align = llvm::divideCeil(stored.getIntOrFloatBitWidth(), 8);
  Value value = LLVM::LoadOp::create(b, ofWidth(stored, width), address, align);
  if (stored == element)
    return value;
  if (element.isBF16())
    return arith::BitcastOp::create(b, ofWidth(element, width), value);
  return arith::TruncIOp::create(b, ofWidth(element, width), value);
}

void LoopEmitter::storeAt(Value value, Value address) {
  Type element = getElementTypeOrSelf(value), stored = storedAs(element);
  auto vector = dyn_cast<VectorType>(value.getType());
  Type type = vector ? Type(vector.clone(stored)) : stored;
  if (element.isBF16())
    value = arith::BitcastOp::create(b, type, value);
  else if (stored != element)
    value = arith::ExtUIOp::create(b, type, value);
  LLVM::StoreOp::create(b, value, address, llvm::divideCeil(stored.getIntOrFloatBitWidth(), 8));
}

Value LoopEmitter::load(const TileStorage &from, Value number, int64_t width) {
  return loadAt(address(from.base, from.element, number), from.element, width);
}

void LoopEmitter::store(Value value, const TileStorage &to, Value number) {
  storeAt(value, address(to.base, to.element, number));
}

void LoopEmitter::copy(const TileStorage &from, const TileStorage &to) {
  int64_t width = chunk(from.size());
  forEach(from.size(), width, [&](Value i) { store(load(from, i, width), to, i); });
}

void LoopEmitter::forEach(int64_t count, int64_t step, function_ref<void(Value)> body) {
  if (count == step)
    return body(index(0));
  auto loop = scf::ForOp::create(b, index(0), index(count), index(step));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(loop.getBody()->getTerminator());
  body(loop.getInductionVar());
}

Value LoopEmitter::splat(Value scalar, int64_t width) {
  if (width == 1)
    return scalar;
  return vector::BroadcastOp::create(b, VectorType::get({width}, scalar.getType()), scalar);
}

} // namespace mlir::v4

// Ops that make each element of one element of their operands.
#include "codegen/TileToLoops/LoopEmitter.h"

namespace mlir::v4 {

LogicalResult LoopEmitter::emitElementwise(Operation *op) {
  auto clone = [&](ArrayRef<Value> operands, ArrayRef<Type> types) {
    OperationState state(b.getLoc(), op->getName(), operands, types, op->getAttrs());
    return b.create(state);
  };
  bool hasTiles = llvm::any_of(llvm::concat<Value>(op->getOperands(), op->getResults()),
                               [](Value value) { return isa<RankedTensorType>(value.getType()); });
  if (!hasTiles) {
    if (op->getNumRegions() != 0)
      return op->emitOpError("has no lowering to loops");
    SmallVector<Value> operands =
        llvm::map_to_vector(op->getOperands(), [&](Value value) { return scalars.lookup(value); });
    SmallVector<Type> types(op->getResultTypes());
    scalars.map(op->getResults(), clone(operands, types)->getResults());
    return success();
  }
  if (!op->hasTrait<OpTrait::Elementwise>() || op->getNumResults() != 1)
    return op->emitOpError("has no lowering to loops");
  const TileStorage to = define(op->getResult(0));
  int64_t width = chunk(to.size());
  Type type = width == 1 ? to.element : VectorType::get({width}, to.element);
  forEach(to.size(), width, [&](Value i) {
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(isa<RankedTensorType>(operand.getType()) ? load(tile(operand), i, width)
                                                                  : scalars.lookup(operand));
    store(clone(operands, type)->getResult(0), to, i);
  });
  return success();
}

LogicalResult LoopEmitter::emitConstant(arith::ConstantOp op) {
  auto type = dyn_cast<RankedTensorType>(op.getType());
  if (!type) {
    scalars.map(op.getResult(), b.clone(*op)->getResult(0));
    return success();
  }
  auto values = dyn_cast<DenseElementsAttr>(op.getValue());
  if (!values)
    return op.emitOpError("has no lowering to loops");
  const TileStorage to = define(op.getResult());
  int64_t width = chunk(to.size());
  if (values.isSplat()) {
    Value scalar = arith::ConstantOp::create(b, cast<TypedAttr>(values.getSplatValue<Attribute>()));
    Value vector = splat(scalar, width);
    forEach(to.size(), width, [&](Value i) { store(vector, to, i); });
    return success();
  }
  for (auto [i, value] : llvm::enumerate(values.getValues<Attribute>()))
    store(arith::ConstantOp::create(b, cast<TypedAttr>(value)), to, index(i));
  return success();
}

void LoopEmitter::emitBroadcast(tile::BroadcastOp op) {
  const TileStorage to = define(op.getResult()), from = tile(op.getInput());
  int64_t width = chunk(to.columns);
  forEach(to.rows, 1, [&](Value row) {
    Value same = op.getAlong() == 1 ? splat(load(from, row, 1), width) : Value();
    forEach(to.columns, width, [&](Value column) {
      store(same ? same : load(from, column, width), to, add(mul(row, to.columns), column));
    });
  });
}

void LoopEmitter::emitTranspose(tile::TransposeOp op) {
  const TileStorage to = define(op.getResult()), from = tile(op.getInput());
  forEach(from.rows, 1, [&](Value row) {
    forEach(from.columns, 1, [&](Value column) {
      store(load(from, add(mul(row, from.columns), column), 1), to, add(mul(column, to.columns), row));
    });
  });
}

void LoopEmitter::emitIota(tile::IotaOp op) {
  const TileStorage to = define(op.getResult());
  forEach(to.columns, 1, [&](Value i) { store(arith::IndexCastOp::create(b, b.getI32Type(), i), to, i); });
}

void LoopEmitter::emitDeinterleave(tile::DeinterleaveOp op) {
  const TileStorage even = define(op.getEven()), odd = define(op.getOdd()), from = tile(op.getInput());
  forEach(even.columns, 1, [&](Value i) {
    store(load(from, mul(i, 2), 1), even, i);
    store(load(from, add(mul(i, 2), index(1)), 1), odd, i);
  });
}

void LoopEmitter::emitInterleave(tile::InterleaveOp op) {
  const TileStorage to = define(op.getResult()), even = tile(op.getEven()), odd = tile(op.getOdd());
  forEach(even.columns, 1, [&](Value i) {
    store(load(even, i, 1), to, mul(i, 2));
    store(load(odd, i, 1), to, add(mul(i, 2), index(1)));
  });
}

} // namespace mlir::v4

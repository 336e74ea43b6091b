#include "codegen/TileToTriton/TileAccess.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

namespace mlir::v4 {

static Value rootOf(Value memory) {
  while (auto view = memory.getDefiningOp<tile::ViewOp>())
    memory = view.getMemory();
  return memory;
}

TileAccess::TileAccess(Operation *op) : op(op) {
  auto place = [&](Value accessed, ValueRange at, Type value) {
    memory = rootOf(accessed);
    type = cast<MemRefType>(accessed.getType());
    offsets.assign(at.begin(), at.end());
    sizes.assign(at.size(), 1);
    if (auto tile = dyn_cast<RankedTensorType>(value))
      llvm::copy(tile.getShape(), sizes.end() - tile.getRank());
  };
  isWrite = isa<tile::StoreOp, tile::StoreScalarOp>(op);
  if (auto load = dyn_cast<tile::LoadOp>(op))
    place(load.getMemory(), load.getOffsets(), load.getType());
  else if (auto scalar = dyn_cast<tile::LoadScalarOp>(op))
    place(scalar.getMemory(), scalar.getOffsets(), scalar.getType());
  else if (auto store = dyn_cast<tile::StoreOp>(op))
    place(store.getMemory(), store.getOffsets(), store.getValue().getType());
  else if (auto store = dyn_cast<tile::StoreScalarOp>(op))
    place(store.getMemory(), store.getOffsets(), store.getValue().getType());
  else if (auto gather = dyn_cast<tile::GatherOp>(op))
    memory = rootOf(gather.getMemory());
}

// A value plus a constant; the value may be null.
static std::pair<Value, int64_t> splitConstant(Value value) {
  if (std::optional<int64_t> constant = getConstantIntValue(value))
    return {Value(), *constant};
  if (auto add = value.getDefiningOp<arith::AddIOp>())
    for (auto [term, other] : {std::pair(add.getLhs(), add.getRhs()), std::pair(add.getRhs(), add.getLhs())})
      if (std::optional<int64_t> constant = getConstantIntValue(other)) {
        auto [base, rest] = splitConstant(term);
        return {base, rest + *constant};
      }
  return {value, 0};
}

// The same number by the same arithmetic, where both are visible.
static bool isSame(Value x, Value y) {
  if (x == y)
    return true;
  Operation *left = x ? x.getDefiningOp() : nullptr, *right = y ? y.getDefiningOp() : nullptr;
  if (!left || !right || left->getName() != right->getName() ||
      !isa<arith::ArithDialect>(left->getDialect()) || left->getNumResults() != 1 ||
      left->getAttrDictionary() != right->getAttrDictionary())
    return false;
  return llvm::all_of(llvm::zip(left->getOperands(), right->getOperands()),
                      [](auto pair) { return isSame(std::get<0>(pair), std::get<1>(pair)); });
}

// How much `value` grows from one iteration of `loop` to the next; nothing if that is not known.
static std::optional<int64_t> growth(Value value, scf::ForOp loop) {
  if (value == loop.getInductionVar())
    return getConstantIntValue(loop.getStep());
  if (loop.isDefinedOutsideOfLoop(value) || getConstantIntValue(value))
    return 0;
  Operation *op = value.getDefiningOp();
  if (auto add = dyn_cast_or_null<arith::AddIOp>(op)) {
    std::optional<int64_t> x = growth(add.getLhs(), loop), y = growth(add.getRhs(), loop);
    return x && y ? std::optional(*x + *y) : std::nullopt;
  }
  if (auto multiply = dyn_cast_or_null<arith::MulIOp>(op)) {
    std::optional<int64_t> x = growth(multiply.getLhs(), loop),
                           factor = getConstantIntValue(multiply.getRhs());
    return x && factor ? std::optional(*x * *factor) : std::nullopt;
  }
  return std::nullopt;
}

bool TileAccess::sharesMemory(const TileAccess &later) const {
  return memory == later.memory && (isWrite || later.isWrite);
}

bool TileAccess::conflicts(const TileAccess &later) const {
  if (!sharesMemory(later))
    return false;
  if (type != later.type || offsets.empty() || later.offsets.empty())
    return true;
  for (size_t i = 0; i < offsets.size(); ++i) {
    auto [base, at] = splitConstant(offsets[i]);
    auto [laterBase, laterAt] = splitConstant(later.offsets[i]);
    if (isSame(base, laterBase) && (at + sizes[i] <= laterAt || laterAt + later.sizes[i] <= at))
      return false;
  }
  return true;
}

bool TileAccess::conflictsInLaterIteration(const TileAccess &later, Operation *loop) const {
  if (!sharesMemory(later))
    return false;
  auto counted = dyn_cast<scf::ForOp>(loop);
  if (!counted || type != later.type || offsets.empty() || later.offsets.empty())
    return true;
  for (size_t i = 0; i < offsets.size(); ++i) {
    std::optional<int64_t> grows = growth(offsets[i], counted);
    if (isSame(offsets[i], later.offsets[i]) && grows && *grows >= std::max(sizes[i], later.sizes[i]))
      return false;
  }
  return true;
}

} // namespace mlir::v4

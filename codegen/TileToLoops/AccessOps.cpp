// Loads and stores of the kernel, each checked: one that reaches beyond its memory is reported and not done.
#include "codegen/TileToLoops/LoopEmitter.h"

#include "runtime/format/KernelAbi.h"

#include <cstddef>

namespace mlir::v4 {

LoopEmitter::Place LoopEmitter::place(const AccessedMemory &memory, ValueRange offsets, int64_t rows,
                                      int64_t columns, bool masked) {
  MemRefType type = memory.type;
  int64_t rank = type.getRank();
  Value inside = arith::ConstantOp::create(b, b.getBoolAttr(true)), element = index(0), last = index(0);
  auto require = [&](Value condition) { inside = arith::AndIOp::create(b, inside, condition); };
  auto below = [&](Value x, Value y) -> Value {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::ule, x, y);
  };
  Place place;
  for (int64_t dim = 0; dim < rank; ++dim) {
    int64_t extent = dim == rank - 1 ? columns : dim == rank - 2 ? rows : 1;
    Value offset = offsets[dim], end = add(offset, index(extent));
    if (dim == rank - 1 && masked) { // what lies beyond is not touched
      Value left = arith::SubIOp::create(b, index(type.getDimSize(dim)), offset);
      left = arith::MaxSIOp::create(b, left, index(0));
      place.columns = arith::MinSIOp::create(b, left, index(columns));
      end = add(offset, place.columns);
      end = arith::MinUIOp::create(b, end, index(type.getDimSize(dim)));
    }
    // No offset that passes is so large that a product overflows.
    Value limit = type.isDynamicDim(dim) ? index(int64_t(1) << 40) : index(type.getDimSize(dim));
    require(below(offset, limit)); // or adding to it might wrap around
    require(below(end, limit));
    if (dim > 0) {
      element = mul(element, type.getDimSize(dim));
      last = mul(last, type.getDimSize(dim));
    }
    element = add(element, offset);
    last = add(last, dim == rank - 1 ? end : arith::SubIOp::create(b, end, index(1)).getResult());
  }
  require(below(mul(last, type.getElementTypeBitWidth() / 8), memory.bytes));
  place.element = element;
  place.inside = inside;
  return place;
}

void LoopEmitter::reportFault(const AccessedMemory &memory, Value element, Value inside) {
  auto field = [&](size_t offset) { return address(fault, b.getI8Type(), index(offset)); };
  auto word = [&](int64_t value) { return arith::ConstantIntOp::create(b, value, 64).getResult(); };
  Value before =
      LLVM::AtomicRMWOp::create(b, LLVM::AtomicBinOp::add, field(offsetof(v4rt::KernelFault, count)), word(1),
                                LLVM::AtomicOrdering::monotonic);
  Value first = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, before, word(0));
  auto branch = scf::IfOp::create(b, first, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(branch.thenBlock()->getTerminator());
  auto write = [&](size_t offset, Value value) { LLVM::StoreOp::create(b, value, field(offset), 8); };
  auto number = [&](Value value) { return arith::IndexCastOp::create(b, b.getI64Type(), value).getResult(); };
  write(offsetof(v4rt::KernelFault, argument), word(memory.argument));
  write(offsetof(v4rt::KernelFault, program), number(program));
  write(offsetof(v4rt::KernelFault, offset), number(mul(element, memory.type.getElementTypeBitWidth() / 8)));
}

void LoopEmitter::checked(const AccessedMemory &memory, const Place &place, function_ref<void()> access,
                          function_ref<void()> otherwise) {
  auto branch = scf::IfOp::create(b, place.inside, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(branch.thenBlock()->getTerminator());
  access();
  b.setInsertionPoint(branch.elseBlock()->getTerminator());
  reportFault(memory, place.element, place.inside);
  otherwise();
}

void LoopEmitter::fill(const TileStorage &to) {
  int64_t width = chunk(to.size());
  Value zero = splat(arith::ConstantOp::create(b, b.getZeroAttr(to.element)), width);
  forEach(to.size(), width, [&](Value i) { store(zero, to, i); });
}

/// Runs `body` for each column that there is.
static void forColumns(ImplicitLocOpBuilder &b, Value columns, function_ref<void(Value)> body) {
  Value zero = arith::ConstantIndexOp::create(b, 0), one = arith::ConstantIndexOp::create(b, 1);
  auto loop = scf::ForOp::create(b, zero, columns, one);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(loop.getBody()->getTerminator());
  body(loop.getInductionVar());
}

void LoopEmitter::loadChecked(const AccessedMemory &memory, ValueRange offsets, const TileStorage &to,
                              bool masked) {
  Place at = place(memory, offsets, to.rows, to.columns, masked);
  if (masked)
    fill(to);
  auto read = [&] {
    forEach(to.rows, 1, [&](Value row) {
      Value from = add(at.element, mul(row, memory.type.getShape().back())), target = mul(row, to.columns);
      auto move = [&](Value column, int64_t width) {
        Value source = address(memory.base, to.element, add(from, column));
        store(loadAt(source, to.element, width), to, add(target, column));
      };
      int64_t width = chunk(to.columns);
      if (masked)
        forColumns(b, at.columns, [&](Value column) { move(column, 1); });
      else
        forEach(to.columns, width, [&](Value column) { move(column, width); });
    });
  };
  checked(memory, at, read, [&] { fill(to); });
}

LogicalResult LoopEmitter::emitLoad(tile::LoadOp op) {
  SmallVector<Value> offsets = lookup(op.getOffsets());
  const TileStorage to = define(op.getResult());
  loadChecked(memories.lookup(op.getMemory()), offsets, to, op.getMasked());
  return success();
}

void LoopEmitter::loadWords(const AccessedMemory &memory, ValueRange offsets, const TileStorage &to) {
  int64_t panels = tile::panelsAbreast(memory.type, to.columns);
  if (panels <= 1)
    return loadChecked(memory, offsets, to, /*masked=*/false);
  int64_t width = memory.type.getShape().back(), step = chunk(width);
  TileStorage panel = allocate(to.element, to.rows, width);
  for (int64_t s = 0; s < panels; ++s) {
    SmallVector<Value> own(offsets);
    own[own.size() - 3] = add(own[own.size() - 3], index(s));
    loadChecked(memory, own, panel, /*masked=*/false);
    forEach(to.rows, 1, [&](Value row) {
      forEach(width, step, [&](Value column) {
        store(load(panel, add(mul(row, width), column), step), to,
              add(add(mul(row, to.columns), index(s * width)), column));
      });
    });
  }
}

LogicalResult LoopEmitter::emitLoadPanels(tile::LoadPanelsOp op) {
  SmallVector<Value> offsets = lookup(op.getOffsets());
  loadWords(memories.lookup(op.getMemory()), offsets, define(op.getResult()));
  return success();
}

void LoopEmitter::storeChecked(const TileStorage &from, const AccessedMemory &memory, ValueRange offsets,
                               bool masked) {
  Place at = place(memory, offsets, from.rows, from.columns, masked);
  auto write = [&] {
    forEach(from.rows, 1, [&](Value row) {
      Value target = add(at.element, mul(row, memory.type.getShape().back())),
            source = mul(row, from.columns);
      auto move = [&](Value column, int64_t width) {
        storeAt(load(from, add(source, column), width),
                address(memory.base, from.element, add(target, column)));
      };
      int64_t width = chunk(from.columns);
      if (masked)
        forColumns(b, at.columns, [&](Value column) { move(column, 1); });
      else
        forEach(from.columns, width, [&](Value column) { move(column, width); });
    });
  };
  checked(memory, at, write, [] {});
}

LogicalResult LoopEmitter::emitStore(tile::StoreOp op) {
  SmallVector<Value> offsets = lookup(op.getOffsets());
  storeChecked(tile(op.getValue()), memories.lookup(op.getMemory()), offsets, op.getMasked());
  return success();
}

LogicalResult LoopEmitter::emitGather(tile::GatherOp op) {
  const AccessedMemory memory = memories.lookup(op.getMemory());
  const TileStorage to = define(op.getResult()), numbers = tile(op.getRows());
  fill(to);
  forEach(to.rows, 1, [&](Value row) {
    Value number = load(numbers, row, 1);
    Value wanted =
        arith::CmpIOp::create(b, arith::CmpIPredicate::sge, number, arith::ConstantIntOp::create(b, 0, 32));
    auto branch = scf::IfOp::create(b, wanted, /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(branch.thenBlock()->getTerminator());
    SmallVector<Value> offsets = lookup(op.getLeading());
    offsets.push_back(arith::IndexCastOp::create(b, b.getIndexType(), number));
    offsets.push_back(scalars.lookup(op.getColumn()));
    Place at = place(memory, offsets, 1, to.columns, /*masked=*/false);
    int64_t width = chunk(to.columns);
    auto read = [&] {
      forEach(to.columns, width, [&](Value column) {
        Value source = address(memory.base, to.element, add(at.element, column));
        store(loadAt(source, to.element, width), to, add(mul(row, to.columns), column));
      });
    };
    checked(memory, at, read, [] {});
  });
  return success();
}

LogicalResult LoopEmitter::emitLoadScalar(tile::LoadScalarOp op) {
  const AccessedMemory memory = memories.lookup(op.getMemory());
  SmallVector<Value> offsets = lookup(op.getOffsets());
  Place at = place(memory, offsets, 1, 1, /*masked=*/false);
  Type type = op.getResult().getType();
  TileStorage one = allocate(type, 1, 1);
  auto read = [&] { store(loadAt(address(memory.base, type, at.element), type, 1), one, index(0)); };
  checked(memory, at, read, [&] { fill(one); });
  scalars.map(op.getResult(), load(one, index(0), 1));
  return success();
}

LogicalResult LoopEmitter::emitStoreScalar(tile::StoreScalarOp op) {
  const AccessedMemory memory = memories.lookup(op.getMemory());
  SmallVector<Value> offsets = lookup(op.getOffsets());
  Place at = place(memory, offsets, 1, 1, /*masked=*/false);
  Value value = scalars.lookup(op.getValue());
  checked(memory, at, [&] { storeAt(value, address(memory.base, value.getType(), at.element)); }, [] {});
  return success();
}

} // namespace mlir::v4

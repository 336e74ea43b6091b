// Loops of a kernel: over tiles of a row, over a program's rows and panels.
#include "passes/ModelToTile/KernelBuilder.h"

namespace mlir::v4 {

SmallVector<Value> KernelBuilder::forLoop(Value begin, Value end, Value step, ValueRange init,
                                          CarryBody body) {
  auto loop = scf::ForOp::create(builder, loc, begin, end, step, init);
  OpBuilder::InsertionGuard guard(builder);
  // scf.for without carried values comes with its terminator.
  if (init.empty())
    builder.setInsertionPoint(loop.getBody()->getTerminator());
  else
    builder.setInsertionPointToEnd(loop.getBody());
  SmallVector<Value> next = body(loop.getInductionVar(), loop.getRegionIterArgs());
  if (!init.empty())
    scf::YieldOp::create(builder, loc, next);
  return loop.getResults();
}

void KernelBuilder::forEach(Value begin, Value end, function_ref<void(Value)> body) {
  forLoop(begin, end, index(1), {}, [&](Value i, ValueRange) -> SmallVector<Value> {
    body(i);
    return {};
  });
}

void KernelBuilder::forTiles(int64_t size, int64_t width, TileBody body) {
  int64_t full = size / width * width;
  if (full == width) {
    body(index(0), width);
  } else if (full > 0) {
    forLoop(index(0), index(full), index(width), {}, [&](Value offset, ValueRange) -> SmallVector<Value> {
      body(offset, width);
      return {};
    });
  }
  if (full < size)
    body(index(full), size - full);
}

Value KernelBuilder::sumTiles(int64_t size, TileValue value) {
  int64_t full = size / lanes() * lanes();
  Value sum;
  if (full > 0) {
    Value zero = constant(0.0, {lanes()});
    Value sums = forLoop(index(0), index(full), index(lanes()), zero, [&](Value offset, ValueRange carried) {
      return SmallVector<Value>{addf(carried[0], value(offset, lanes()))};
    })[0];
    sum = reduce(tile::ReduceKind::add, sums);
  }
  if (full < size) {
    Value rest = reduce(tile::ReduceKind::add, value(index(full), size - full));
    sum = sum ? addf(sum, rest) : rest;
  }
  return sum;
}

Value KernelBuilder::sumOfSquares(Value memory, Value row, Value column, int64_t size) {
  return sumTiles(size, [&](Value offset, int64_t width) {
    Value x = loadF32(memory, {row, add(column, offset)}, {width});
    return mulf(x, x);
  });
}

void KernelBuilder::ifThen(Value condition, function_ref<void()> body) {
  auto branch = scf::IfOp::create(builder, loc, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(branch.thenBlock()->getTerminator());
  body();
}

Value KernelBuilder::rowCount() {
  if (routed.numbers)
    return routed.count;
  Value rows = tile::NumRowsOp::create(builder, loc, builder.getIndexType());
  return arith::MinSIOp::create(builder, loc, index(rowTile), sub(rows, firstRow));
}

void KernelBuilder::forRows(function_ref<void(Value)> body) {
  if (routed.numbers) {
    Value own = tileIndex;
    forEach(index(0), routed.count, [&](Value i) {
      Value number = toIndex(loadScalar(routed.numbers, {i, index(0)}));
      Value choices = index(routed.choices);
      tileIndex = add(mul(rem(number, choices), index(routed.tiles)), routed.tile);
      body(div(number, choices));
    });
    tileIndex = own;
    return;
  }
  if (rowTile == 1)
    return body(firstRow);
  Value rows = tile::NumRowsOp::create(builder, loc, builder.getIndexType());
  Value end = arith::MinSIOp::create(builder, loc, add(firstRow, index(rowTile)), rows);
  forEach(firstRow, end, body);
}

void KernelBuilder::forPanels(Operation *op, Value tile, int64_t width, function_ref<void(Value)> body) {
  int64_t panels = getOutputTile(op) / width;
  if (panels == 1)
    return body(tile);
  Value first = mul(tile, index(panels));
  forEach(first, add(first, index(panels)), body);
}

void KernelBuilder::copy(Value from, ArrayRef<Value> fromOffsets, Value to, ArrayRef<Value> toOffsets,
                         int64_t size, double factor) {
  forTiles(size, lanes(), [&](Value offset, int64_t width) {
    SmallVector<Value> source(fromOffsets), target(toOffsets);
    source.back() = add(source.back(), offset);
    target.back() = add(target.back(), offset);
    Value numbers = loadF32(from, source, {width});
    store(factor == 1 ? numbers : mulf(numbers, constant(factor, {width})), to, target);
  });
}

} // namespace mlir::v4

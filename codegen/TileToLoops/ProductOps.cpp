// Sums in the orders that the tile dialect defines, and the decoding of what is multiplied.
#include "codegen/TileToLoops/LoopEmitter.h"

#include "codegen/TileToVector/Widen.h"

namespace mlir::v4 {

void LoopEmitter::emitReduce(tile::ReduceOp op) {
  const TileStorage from = tile(op.getInput());
  bool toScalar = !isa<RankedTensorType>(op.getResult().getType());
  TileStorage result = toScalar ? allocate(from.element, 1, 1) : define(op.getResult());
  TileStorage line = allocate(from.element, 1, from.columns);
  auto combine = [&](Value x, Value y) -> Value {
    bool isFloat = isa<FloatType>(from.element);
    if (op.getKind() == tile::ReduceKind::add)
      return isFloat ? arith::AddFOp::create(b, x, y).getResult()
                     : arith::AddIOp::create(b, x, y).getResult();
    return isFloat ? arith::MaximumFOp::create(b, x, y).getResult()
                   : arith::MaxSIOp::create(b, x, y).getResult();
  };
  forEach(from.rows, 1, [&](Value row) {
    int64_t whole = chunk(from.columns);
    forEach(from.columns, whole,
            [&](Value i) { store(load(from, add(mul(row, from.columns), i), whole), line, i); });
    for (int64_t count = from.columns; count > 1; count = count / 2 + count % 2) {
      int64_t half = count / 2, width = chunk(half);
      forEach(half, width, [&](Value i) {
        store(combine(load(line, i, width), load(line, add(i, index(half)), width)), line, i);
      });
      if (count % 2 != 0)
        store(load(line, index(count - 1), 1), line, index(half));
    }
    store(load(line, index(0), 1), result, row);
  });
  if (toScalar)
    scalars.map(op.getResult(), load(result, index(0), 1));
}

/// acc[m, n] = fma(a[m, k], b[k, n], acc[m, n]), k ascending.
void LoopEmitter::addProducts(const TileStorage &a, const TileStorage &right, const TileStorage &acc) {
  int64_t width = chunk(acc.columns);
  auto widen = [&](Value value, int64_t lanes) -> Value {
    if (!getElementTypeOrSelf(value).isBF16())
      return value;
    Type type = lanes == 1 ? acc.element : VectorType::get({lanes}, acc.element);
    return arith::ExtFOp::create(b, type, value);
  };
  forEach(acc.rows, 1, [&](Value m) {
    forEach(a.columns, 1, [&](Value k) {
      Value left = splat(widen(load(a, add(mul(m, a.columns), k), 1), 1), width);
      forEach(acc.columns, width, [&](Value n) {
        Value place = add(mul(m, acc.columns), n);
        Value factor = widen(load(right, add(mul(k, right.columns), n), width), width);
        store(math::FmaOp::create(b, left, factor, load(acc, place, width)), acc, place);
      });
    });
  });
}

void LoopEmitter::emitDot(tile::DotOp op) {
  const TileStorage to = define(op.getResult());
  copy(tile(op.getAcc()), to);
  addProducts(tile(op.getA()), tile(op.getB()), to);
}

// Memories are the program's own, and the rows are as many as the caller knows to be there.
struct LoopEmitter::RowsProduct {
  Value x, column;
  int64_t rowStride;
  bool turned;
  Value w; // [outputs / block][depth][block]
  int64_t depth, block;
  AccessedMemory acc;
  Value scales; // null: none
  Value count;
};

void LoopEmitter::addRows(const RowsProduct &p) {
  int64_t outputs = p.acc.type.getDimSize(1), width = chunk(p.block);
  Type f32 = b.getF32Type();
  auto at = [&](Value base, Value number) { return address(base, f32, number); };
  auto rowLoop = scf::ForOp::create(b, index(0), p.count, index(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(rowLoop.getBody()->getTerminator());
  Value row = rowLoop.getInductionVar();
  TileStorage chain = allocate(f32, 1, outputs);
  auto forLine = [&](function_ref<void(Value n, Value place)> body) {
    forEach(outputs, width, [&](Value n) { body(n, add(mul(row, outputs), n)); });
  };
  forLine([&](Value n, Value place) {
    Value begin = p.scales ? splat(arith::ConstantOp::create(b, b.getF32FloatAttr(0)), width)
                           : loadAt(at(p.acc.base, place), f32, width);
    store(begin, chain, n);
  });
  forEach(p.depth, 1, [&](Value k) {
    Value input = add(p.column, k);
    Value element = p.turned ? add(mul(input, p.rowStride), row) : add(mul(row, p.rowStride), input);
    Value left = splat(loadAt(at(p.x, element), f32, 1), width);
    forEach(outputs, width, [&](Value n) {
      Value number = arith::DivUIOp::create(b, n, index(p.block)),
            own = arith::RemUIOp::create(b, n, index(p.block));
      Value right = loadAt(at(p.w, add(mul(add(mul(number, p.depth), k), p.block), own)), f32, width);
      store(math::FmaOp::create(b, left, right, load(chain, n, width)), chain, n);
    });
  });
  forLine([&](Value n, Value place) {
    Value sum = load(chain, n, width);
    if (p.scales)
      sum = math::FmaOp::create(b, sum, loadAt(at(p.scales, n), f32, width),
                                loadAt(at(p.acc.base, place), f32, width));
    storeAt(sum, at(p.acc.base, place));
  });
}

void LoopEmitter::emitDotRows(tile::DotRowsOp op) {
  MemRefType x = op.getX().getType(), w = op.getW().getType();
  addRows({memories.lookup(op.getX()).base, scalars.lookup(op.getColumn()), x.getDimSize(1), op.getTurned(),
           memories.lookup(op.getW()).base, w.getDimSize(w.getRank() - 2), w.getShape().back(),
           memories.lookup(op.getAcc()), op.getScales() ? memories.lookup(op.getScales()).base : Value(),
           scalars.lookup(op.getCount())});
}

void LoopEmitter::emitDotRowsWords(tile::DotRowsWordsOp op) {
  MemRefType words = op.getWords().getType();
  int64_t depth = op.getDepth(), outputs = op.getAcc().getType().getDimSize(1);
  TileStorage codes =
                  allocate(words.getElementType(),
                           depth / tile::numbersInElement(op.getFormat(), words.getElementType()), outputs),
              wide = allocate(b.getF32Type(), depth, outputs);
  loadWords(memories.lookup(op.getWords()), lookup(op.getOffsets()), codes);
  widen(codes, op.getFormat(), wide);
  addRows({memories.lookup(op.getX()).base, scalars.lookup(op.getColumn()), op.getX().getType().getDimSize(1),
           /*turned=*/false, wide.base, depth, outputs, memories.lookup(op.getAcc()),
           op.getScales() ? memories.lookup(op.getScales()).base : Value(), scalars.lookup(op.getCount())});
}

void LoopEmitter::emitScaledDot(tile::ScaledDotOp op) {
  constexpr int64_t kGroup = 32;
  const TileStorage to = define(op.getResult()), bytes = tile(op.getA()), scales = tile(op.getScales());
  copy(tile(op.getAcc()), to);
  bool nibbles = op.getFormat() == tile::Format::e2m1;
  int64_t group = nibbles ? kGroup / 2 : kGroup;
  TileStorage a = allocate(b.getF32Type(), to.rows, scales.columns * kGroup);
  forEach(scales.size(), 1, [&](Value number) { // rows are made of whole groups
    Value codes = load(bytes, mul(number, group), group), wide;
    if (nibbles) {
      auto [low, high] = widenNibbles(b, codes);
      wide = vector::InterleaveOp::create(b, low, high);
    } else {
      wide = widenBytes(b, codes, tile::Format::e4m3);
    }
    Value code = splat(load(scales, number, 1), kGroup);
    Value scale = widenBytes(b, code, tile::Format::e8m0);
    store(arith::MulFOp::create(b, wide, scale), a, mul(number, kGroup));
  });
  addProducts(a, tile(op.getB()), to);
}

void LoopEmitter::emitWiden(tile::WidenOp op) {
  const TileStorage to = define(op.getResult());
  widen(tile(op.getInput()), op.getFormat(), to);
}

void LoopEmitter::emitDotWords(tile::DotWordsOp op) {
  const TileStorage to = define(op.getResult()), a = tile(op.getA());
  copy(tile(op.getAcc()), to);
  TileStorage wide = allocate(b.getF32Type(), a.columns, to.columns);
  widen(tile(op.getWords()), op.getFormat(), wide);
  addProducts(a, wide, to);
}

void LoopEmitter::widen(const TileStorage &from, tile::Format format, const TileStorage &to) {
  int64_t width = chunk(from.columns), numbers = tile::numbersInElement(format, from.element);
  auto codes = [&](Value number) {
    Value value = load(from, number, width);
    return width == 1
               ? vector::BroadcastOp::create(b, VectorType::get({1}, value.getType()), value).getResult()
               : value;
  };
  auto decode = [&](Value elements) -> SmallVector<Value> {
    if (!from.element.isInteger(8))
      return widenWords(b, elements, format, /*vectorBits=*/256);
    if (numbers == 1)
      return {widenBytes(b, elements, format)};
    auto [low, high] = widenNibbles(b, elements);
    return {low, high};
  };
  forEach(from.rows, 1, [&](Value row) {
    forEach(from.columns, width, [&](Value column) {
      Value place = add(mul(row, numbers * to.columns), column);
      for (auto [i, value] : llvm::enumerate(decode(codes(add(mul(row, from.columns), column)))))
        store(width == 1 ? vector::ExtractOp::create(b, value, 0).getResult() : value, to,
              add(place, index(int64_t(i) * to.columns)));
    });
  });
}

} // namespace mlir::v4

// tile.dot_rows: loops around tiles of sums that stay in registers.
#include "codegen/TileToVector/DotRows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::v4 {

// Each takes the rows that the ones before left. Enough sums that multiply-adds hide their latency, few
// enough that the factors have registers left. In a slice of two vectors 1 or 2 rows are too few: 8 rows are
// 4 and 4, 7 are 4 and 3, 11 are 4, 4 and 3. Of outputs in one vector only rows make many sums.
ArrayRef<RegisterTile> registerTiles(const HostShape &shape, int64_t outputs) {
  constexpr unsigned kFew = 1u << 1 | 1u << 2 | 1u << 5;
  static const RegisterTile of16[] = {{6, 2, kFew}, {4, 2}, {3, 4}, {2, 4}, {1, 8}};
  static const RegisterTile of32[] = {{6, 4}, {4, 4}, {3, 4}, {2, 4}, {1, 4}};
  static const RegisterTile ofOneVector[] = {{16, 1}, {8, 1}, {4, 1}, {1, 1}};
  if (shape.vectors512())
    return outputs <= shape.lanes() ? ArrayRef(ofOneVector) : ArrayRef(of32);
  return of16;
}

namespace {

/// What the ops with one function have in common: their types and attributes.
std::string functionName(tile::DotRowsOp op) {
  std::string name = "dot_rows";
  llvm::raw_string_ostream stream(name);
  stream << "." << op.getX().getType().getDimSize(1);
  for (int64_t size : op.getW().getType().getShape())
    stream << "." << size;
  stream << "." << op.getAcc().getType().getDimSize(1);
  stream << (op.getTurned() ? ".turned" : "") << (op.getScales() ? ".scaled" : "");
  return name;
}

class RowsEmitter : ChainBuilder {
public:
  RowsEmitter(ImplicitLocOpBuilder &builder, const RowsProduct &product, const HostShape &shape)
      : ChainBuilder(builder, product, shape), tiles(registerTiles(shape, product.outputs)) {}

  void emit() {
    forTiles(p.count, p.outputs, lanes, tiles,
             [&](RowGroup group, Value column, int64_t width) { emitTile(group, column, width); });
  }

private:
  /// Inputs of an iteration.
  static constexpr int64_t kUnroll = 4;

  /// The columns [0, width) as vectors. None reaches from a block of `w` into the next.
  SmallVector<std::pair<int64_t, VectorType>> cut(int64_t width) {
    SmallVector<std::pair<int64_t, VectorType>> pieces;
    for (int64_t at = 0, size; at < width; at += size) {
      size = std::min({lanes, width - at, p.block - at % p.block});
      pieces.push_back({at, VectorType::get({size}, b.getF32Type())});
    }
    return pieces;
  }

  /// Element (0, column + at) of `w`.
  Value columnOfW(Value column, int64_t at) {
    Value all = add(column, index(at));
    if (p.block == p.outputs)
      return all;
    Value inBlock = b.createOrFold<arith::RemUIOp>(all, index(p.block));
    return add(mul(div(all, p.block), p.depth * p.block), inBlock);
  }

  void emitTile(RowGroup group, Value column, int64_t width) {
    auto pieces = cut(width);
    auto addInput = [&](Value k, int64_t offset, MutableArrayRef<Value> sums) {
      SmallVector<Value> right;
      for (auto [at, type] : pieces)
        right.push_back(load(type, p.w, add(columnOfW(column, at), mul(add(k, index(offset)), p.block))));
      for (int64_t r = 0; r < group.rows; ++r) {
        Value left = factor(group.row, r, k, offset);
        for (auto [i, w] : llvm::enumerate(right)) {
          Value &sum = sums[r * pieces.size() + i];
          sum = math::FmaOp::create(b, vector::BroadcastOp::create(b, w.getType(), left), w, sum);
        }
      }
    };
    emitChains(group, column, width, pieces, kUnroll, /*step=*/1, addInput);
  }

  ArrayRef<RegisterTile> tiles;
};

struct ConvertDotRows final : OpConversionPattern<tile::DotRowsOp> {
  ConvertDotRows(const TypeConverter &converter, MLIRContext *context, const HostShape &shape)
      : OpConversionPattern(converter, context), shape(shape) {}

  LogicalResult matchAndRewrite(tile::DotRowsOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    replaceByCall(op, functionName(op), adaptor.getOperands(), rewriter, [&](ValueRange operands) {
      tile::DotRowsOp::Adaptor own(operands, op);
      MemRefType x = op.getX().getType(), w = op.getW().getType();
      int64_t outputs = op.getAcc().getType().getDimSize(1);
      ImplicitLocOpBuilder b(op.getLoc(), rewriter);
      multiplyRows(b,
                   {own.getX(), own.getColumn(), x.getDimSize(1), op.getTurned(), own.getW(),
                    w.getDimSize(w.getRank() - 2), outputs, w.getShape().back(), own.getAcc(), outputs,
                    own.getScales(), own.getCount()},
                   shape);
    });
    return success();
  }

  HostShape shape;
};

} // namespace

Value ChainBuilder::factor(Value row, int64_t r, Value k, int64_t offset) const {
  // What is constant is added last: then all factors have one address that changes.
  Value input = add(p.column, k);
  Value first = p.turned ? add(mul(input, p.rowStride), row) : add(mul(row, p.rowStride), input);
  int64_t further = p.turned ? offset * p.rowStride + r : r * p.rowStride + offset;
  Type f32 = b.getF32Type();
  return load(f32, RowBuilder::offset(address(p.x, f32, first), f32, further));
}

Value ChainBuilder::fetches(RowGroup group, Value iteration) const {
  auto compare = [&](arith::CmpIPredicate predicate, Value x, Value y) -> Value {
    return arith::CmpIOp::create(b, predicate, x, y);
  };
  // Of two groups or more the first fetches in even iterations, the second in odd ones.
  Value alone = compare(arith::CmpIPredicate::ult, group.end, index(2 * group.rows));
  Value turns = arith::SelectOp::create(b, alone, index(0), index(1));
  return compare(arith::CmpIPredicate::eq, b.createOrFold<arith::AndIOp>(iteration, turns),
                 div(group.row, group.rows));
}

void ChainBuilder::emitChains(
    RowGroup group, Value column, int64_t width, Pieces pieces, int64_t unroll, int64_t step,
    function_ref<void(Value k, int64_t offset, MutableArrayRef<Value> sums)> addInputs,
    ArrayRef<Value> early) const {
  int64_t rows = group.rows;
  Type f32 = b.getF32Type();
  Value to = address(p.acc, f32, add(mul(group.row, p.accStride), column));
  auto place = [&](int64_t r, int64_t at) { return offset(to, f32, r * p.accStride + at); };
  SmallVector<Value> sums;
  for (int64_t r = 0; r < rows; ++r)
    for (auto [at, type] : pieces)
      sums.push_back(p.scales ? arith::ConstantOp::create(b, b.getZeroAttr(type)).getResult()
                              : load(type, place(r, at)));
  sums.append(early.begin(), early.end());
  int64_t full = p.depth / unroll * unroll, iterations = full / unroll;
  if (full > 0) {
    auto loop = scf::ForOp::create(b, index(0), index(full), index(unroll), sums);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(loop.getBody());
    SmallVector<Value> carried(loop.getRegionIterArgs());
    Value k = loop.getInductionVar();
    if (p.ahead.base) {
      Value iteration = div(k, unroll);
      fetch(p.ahead, add(mul(div(column, width), iterations), iteration),
            llvm::divideCeil(p.outputs, width) * iterations, fetches(group, iteration), p.x);
    }
    for (int64_t i = 0; i < unroll; i += step)
      addInputs(k, i, carried);
    scf::YieldOp::create(b, carried);
    sums = SmallVector<Value>(loop.getResults());
  }
  for (int64_t i = full; i < p.depth; i += step)
    addInputs(index(0), i, sums);
  for (int64_t r = 0; r < rows; ++r)
    for (auto [i, piece] : llvm::enumerate(pieces)) {
      Value sum = sums[r * pieces.size() + i], at = place(r, piece.first);
      if (p.scales)
        sum = math::FmaOp::create(b, sum, load(piece.second, p.scales, add(column, index(piece.first))),
                                  load(piece.second, at));
      store(sum, at);
    }
}

void multiplyRows(ImplicitLocOpBuilder &builder, const RowsProduct &product, const HostShape &shape) {
  RowsEmitter(builder, product, shape).emit();
}

void populateDotRowsPatterns(const TypeConverter &converter, RewritePatternSet &patterns,
                             const HostShape &shape) {
  patterns.add<ConvertDotRows>(converter, patterns.getContext(), shape);
}

} // namespace mlir::v4

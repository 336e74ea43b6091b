// tile.dot_rows: loops around tiles of sums that stay in registers.
#include "codegen/TileToVector/TilePatterns.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::v4 {
namespace {

/// Sums that are held in registers: rows that share the vectors of `w` that they load, times vectors.
struct RegisterTile {
  int64_t rows, vectors;
};

/// The largest first; each takes the rows that the ones before left. Enough sums that multiply-adds hide
/// their latency, few enough that the factors have registers left.
ArrayRef<RegisterTile> registerTiles(const HostShape &shape) {
  static const RegisterTile of16[] = {{6, 2}, {3, 4}, {2, 4}, {1, 8}};
  static const RegisterTile of32[] = {{6, 4}, {3, 4}, {2, 4}, {1, 4}};
  return shape.vectors512() ? ArrayRef(of32) : ArrayRef(of16);
}

/// Inputs of an iteration.
constexpr int64_t kUnroll = 4;

int64_t aheadBytes(tile::DotRowsOp op) {
  return op.getAhead() ? *op.getElements() * op.getAhead().getType().getElementTypeBitWidth() / 8 : 0;
}

/// What the ops with one function have in common: their types and attributes.
std::string functionName(tile::DotRowsOp op) {
  std::string name = "dot_rows";
  llvm::raw_string_ostream stream(name);
  stream << "." << op.getX().getType().getDimSize(1);
  for (int64_t size : op.getW().getType().getShape())
    stream << "." << size;
  stream << "." << op.getAcc().getType().getDimSize(1);
  stream << (op.getTurned() ? ".turned" : "") << (op.getScales() ? ".scaled" : "");
  if (op.getAhead())
    stream << ".ahead" << aheadBytes(op);
  return name;
}

class DotRowsEmitter {
public:
  /// `operands`: converted, but for `ahead` the address of the first element.
  DotRowsEmitter(tile::DotRowsOp op, ValueRange operands, Value ahead, const HostShape &shape,
                 OpBuilder &builder)
      : op(op), adaptor(operands, op), ahead(ahead), b(op.getLoc(), builder), lanes(shape.lanes()),
        tiles(registerTiles(shape)), inputs(depthOf(op.getW().getType())),
        outputs(op.getAcc().getType().getDimSize(1)), block(op.getW().getType().getShape().back()),
        rowStride(op.getX().getType().getDimSize(1)) {}

  void emit() {
    Value begin = index(0), count = adaptor.getCount();
    for (RegisterTile tile : tiles) {
      Value step = index(tile.rows),
            rest = arith::RemUIOp::create(b, arith::SubIOp::create(b, count, begin), step);
      Value end = arith::SubIOp::create(b, count, rest);
      // Rows inside: a piece of `w` as wide as the tile stays in the first cache.
      forColumns(tile.vectors * lanes, [&](Value column, int64_t width) {
        forEach(begin, end, step, [&](Value row) { emitTile(row, tile.rows, column, width); });
      });
      begin = end;
    }
  }

private:
  static int64_t depthOf(MemRefType w) { return w.getDimSize(w.getRank() - 2); }

  Value index(int64_t value) { return arith::ConstantIndexOp::create(b, value); }
  Value add(Value x, Value y) { return b.createOrFold<arith::AddIOp>(x, y); }
  Value mul(Value x, int64_t y) { return b.createOrFold<arith::MulIOp>(x, index(y)); }

  void forEach(Value begin, Value end, Value step, function_ref<void(Value)> body) {
    auto loop = scf::ForOp::create(b, begin, end, step);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(loop.getBody()->getTerminator());
    body(loop.getInductionVar());
  }

  void forColumns(int64_t width, function_ref<void(Value column, int64_t width)> body) {
    int64_t full = outputs / width * width;
    if (full == width)
      body(index(0), width);
    else if (full > 0)
      forEach(index(0), index(full), index(width), [&](Value column) { body(column, width); });
    if (full < outputs)
      body(index(full), outputs - full);
  }

  Value address(Value base, Value element) {
    Value number = arith::IndexCastOp::create(b, b.getI64Type(), element);
    return LLVM::GEPOp::create(b, base.getType(), b.getF32Type(), base, ValueRange{number},
                               LLVM::GEPNoWrapFlags::inbounds);
  }
  Value load(Type type, Value base, Value element) {
    return LLVM::LoadOp::create(b, type, address(base, element), /*alignment=*/4);
  }

  /// The columns [0, width) as vectors: offset and type of each. None reaches from a block of `w` into the
  /// next.
  SmallVector<std::pair<int64_t, VectorType>> cut(int64_t width) {
    SmallVector<std::pair<int64_t, VectorType>> pieces;
    for (int64_t at = 0, size; at < width; at += size) {
      size = std::min({lanes, width - at, block - at % block});
      pieces.push_back({at, VectorType::get({size}, b.getF32Type())});
    }
    return pieces;
  }

  /// Element (0, column + at) of `w`.
  Value columnOfW(Value column, int64_t at) {
    Value all = add(column, index(at));
    if (block == outputs)
      return all;
    Value number = b.createOrFold<arith::DivUIOp>(all, index(block));
    return add(mul(number, inputs * block), b.createOrFold<arith::RemUIOp>(all, index(block)));
  }

  Value factor(Value row, int64_t r, Value k, int64_t offset) {
    Value input = add(add(adaptor.getColumn(), k), index(offset)), number = add(row, index(r));
    Value element = op.getTurned() ? add(mul(input, rowStride), number) : add(mul(number, rowStride), input);
    return load(b.getF32Type(), adaptor.getX(), element);
  }

  /// Fetches an iteration's part of what comes next, in the tiles of the first row; others fetch what they
  /// have.
  void prefetch(Value row, Value column, int64_t width, Value input) {
    constexpr int64_t kLine = 64;
    if (!ahead)
      return;
    int64_t iterations = llvm::divideCeil(outputs, width) * (inputs / kUnroll);
    int64_t each = llvm::divideCeil(llvm::divideCeil(aheadBytes(op), kLine), iterations);
    Value number = add(mul(b.createOrFold<arith::DivUIOp>(column, index(width)), inputs / kUnroll),
                       b.createOrFold<arith::DivUIOp>(input, index(kUnroll)));
    Value first = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, row, index(0));
    Value base = arith::SelectOp::create(b, first, ahead, adaptor.getW());
    Value offset = arith::SelectOp::create(b, first, mul(number, each * kLine), index(0));
    Value bytes = arith::IndexCastOp::create(b, b.getI64Type(), offset);
    Value line = LLVM::GEPOp::create(b, base.getType(), b.getI8Type(), base, ValueRange{bytes});
    for (int64_t i = 0; i < each; ++i) {
      Value at = LLVM::GEPOp::create(b, line.getType(), b.getI8Type(), line,
                                     ArrayRef<LLVM::GEPArg>{int32_t(i * kLine)});
      // Into the second cache: the first one is in use.
      LLVM::Prefetch::create(b, at, /*rw=*/0, /*hint=*/2, /*cache=*/1);
    }
  }

  void emitTile(Value row, int64_t rows, Value column, int64_t width) {
    auto pieces = cut(width);
    auto place = [&](int64_t r, int64_t at) {
      return add(mul(add(row, index(r)), outputs), add(column, index(at)));
    };
    SmallVector<Value> sums;
    for (int64_t r = 0; r < rows; ++r)
      for (auto [at, type] : pieces)
        sums.push_back(op.getScales() ? arith::ConstantOp::create(b, b.getZeroAttr(type)).getResult()
                                      : load(type, adaptor.getAcc(), place(r, at)));
    auto addInput = [&](Value k, int64_t offset, MutableArrayRef<Value> sums) {
      SmallVector<Value> right;
      for (auto [at, type] : pieces)
        right.push_back(
            load(type, adaptor.getW(), add(columnOfW(column, at), mul(add(k, index(offset)), block))));
      for (int64_t r = 0; r < rows; ++r) {
        Value left = factor(row, r, k, offset);
        for (auto [p, w] : llvm::enumerate(right)) {
          Value &sum = sums[r * pieces.size() + p];
          sum = math::FmaOp::create(b, vector::BroadcastOp::create(b, w.getType(), left), w, sum);
        }
      }
    };
    int64_t full = inputs / kUnroll * kUnroll;
    if (full > 0) {
      auto loop = scf::ForOp::create(b, index(0), index(full), index(kUnroll), sums);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToEnd(loop.getBody());
      SmallVector<Value> carried(loop.getRegionIterArgs());
      prefetch(row, column, width, loop.getInductionVar());
      for (int64_t i = 0; i < kUnroll; ++i)
        addInput(loop.getInductionVar(), i, carried);
      scf::YieldOp::create(b, carried);
      sums = SmallVector<Value>(loop.getResults());
    }
    for (int64_t i = full; i < inputs; ++i)
      addInput(index(0), i, sums);
    for (int64_t r = 0; r < rows; ++r)
      for (auto [p, piece] : llvm::enumerate(pieces)) {
        Value sum = sums[r * pieces.size() + p], to = place(r, piece.first);
        if (op.getScales())
          sum = math::FmaOp::create(b, sum,
                                    load(piece.second, adaptor.getScales(), add(column, index(piece.first))),
                                    load(piece.second, adaptor.getAcc(), to));
        LLVM::StoreOp::create(b, sum, address(adaptor.getAcc(), to), /*alignment=*/4);
      }
  }

  tile::DotRowsOp op;
  tile::DotRowsOp::Adaptor adaptor;
  Value ahead; // null: nothing
  ImplicitLocOpBuilder b;
  int64_t lanes;
  ArrayRef<RegisterTile> tiles;
  int64_t inputs, outputs;
  int64_t block; // outputs of `w` that lie side by side
  int64_t rowStride;
};

struct ConvertDotRows final : OpConversionPattern<tile::DotRowsOp> {
  ConvertDotRows(const TypeConverter &converter, MLIRContext *context, const HostShape &shape)
      : OpConversionPattern(converter, context), shape(shape) {}

  LogicalResult matchAndRewrite(tile::DotRowsOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    SmallVector<Value> arguments(adaptor.getOperands());
    if (op.getAhead())
      arguments.push_back(elementAddress(rewriter, op.getLoc(), op.getAhead().getType(), adaptor.getAhead(),
                                         llvm::to_vector(adaptor.getAheadOffsets())));
    replaceByCall(op, functionName(op), arguments, rewriter, [&](ValueRange own) {
      Value ahead = op.getAhead() ? own.back() : Value();
      DotRowsEmitter(op, own.take_front(op.getNumOperands()), ahead, shape, rewriter).emit();
    });
    return success();
  }

  HostShape shape;
};

} // namespace

void populateDotRowsPatterns(const TypeConverter &converter, RewritePatternSet &patterns,
                             const HostShape &shape) {
  patterns.add<ConvertDotRows>(converter, patterns.getContext(), shape);
}

} // namespace mlir::v4

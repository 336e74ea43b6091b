// tile.dot_rows_words: a few rows are multiplied by what is decoded in registers; for many a slice of the
// outputs is decoded into the first cache, and tiles of sums go over all rows.
#include "codegen/TileToVector/DotRows.h"
#include "codegen/TileToVector/Widen.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::v4 {
namespace {

/// Rows up to which numbers are decoded anew for each group of rows.
constexpr int64_t kFewRows = 16;
constexpr RegisterTile kFewTiles[] = {{8, 1}, {4, 2}, {2, 4}, {1, 8}};
/// Inputs of an iteration; a multiple of what any word holds.
constexpr int64_t kUnroll = 8;

std::string functionName(tile::DotRowsWordsOp op) {
  std::string name = "dot_rows_words";
  llvm::raw_string_ostream stream(name);
  stream << "." << op.getX().getType().getDimSize(1) << "." << op.getDepth() << "."
         << op.getAcc().getType().getDimSize(1) << "." << tile::stringifyFormat(op.getFormat())
         << op.getWords().getType().getElementTypeBitWidth() << (op.getScales() ? ".scaled" : "");
  return name;
}

class WordsEmitter : RowBuilder {
public:
  WordsEmitter(ImplicitLocOpBuilder &builder, tile::DotRowsWordsOp op, ValueRange arguments,
               const HostShape &shape)
      : RowBuilder(builder), shape(shape), x(arguments[0]), column(arguments[1]), words(arguments[2]),
        acc(arguments[3]), count(arguments[4]), scales(op.getScales() ? arguments[5] : Value()),
        word(op.getWords().getType().getElementType()), format(op.getFormat()), depth(op.getDepth()),
        numbers(tile::numbersInElement(format, word)), outputs(op.getAcc().getType().getDimSize(1)),
        rowStride(op.getX().getType().getDimSize(1)), lanes(shape.lanes()) {}

  void emit() {
    Value few = arith::CmpIOp::create(b, arith::CmpIPredicate::ule, count, index(kFewRows));
    auto branch = scf::IfOp::create(b, few, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(branch.thenBlock()->getTerminator());
    forRows(count, kFewTiles, [&](Value row, RegisterTile tile) {
      forColumns(outputs, tile.vectors * lanes,
                 [&](Value column, int64_t width) { multiplyFew(row, tile.rows, column, width); });
    });
    b.setInsertionPoint(branch.elseBlock()->getTerminator());
    multiplyMany();
  }

private:
  int64_t bytes() const { return depth / numbers * outputs * word.getIntOrFloatBitWidth() / 8; }
  /// The next words of the panel, or of what follows it.
  Value ahead() const { return address(words, word, index(depth / numbers * outputs)); }

  /// The decoded numbers of `width` outputs' words in row `wordRow`.
  SmallVector<Value> decode(Value wordRow, Value column, int64_t width) {
    Value place = add(mul(wordRow, outputs), column);
    Value codes = LLVM::LoadOp::create(b, VectorType::get({width}, word), address(words, word, place),
                                       word.getIntOrFloatBitWidth() / 8);
    return widenWords(b, codes, format, shape.vectorBits);
  }

  void multiplyFew(Value row, int64_t rows, Value at, int64_t width) {
    SmallVector<std::pair<Value, VectorType>> pieces;
    for (int64_t done = 0; done < width; done += lanes)
      pieces.push_back(
          {add(at, index(done)), VectorType::get({std::min(lanes, width - done)}, b.getF32Type())});
    auto place = [&](int64_t r, Value column) { return add(mul(add(row, index(r)), outputs), column); };
    SmallVector<Value> sums;
    for (int64_t r = 0; r < rows; ++r)
      for (auto [column, type] : pieces)
        sums.push_back(scales ? arith::ConstantOp::create(b, b.getZeroAttr(type)).getResult()
                              : load(type, acc, place(r, column)));
    auto addWord = [&](Value input, int64_t offset, MutableArrayRef<Value> sums) {
      Value first = add(input, index(offset)), wordRow = div(first, numbers);
      for (auto [i, piece] : llvm::enumerate(pieces))
        for (auto [k, weights] : llvm::enumerate(decode(wordRow, piece.first, piece.second.getNumElements())))
          for (int64_t r = 0; r < rows; ++r) {
            Value element = add(mul(add(row, index(r)), rowStride), add(add(column, first), index(k)));
            Value left = vector::BroadcastOp::create(b, piece.second, load(b.getF32Type(), x, element));
            Value &sum = sums[r * pieces.size() + i];
            sum = math::FmaOp::create(b, left, weights, sum);
          }
    };
    int64_t full = depth / kUnroll * kUnroll;
    if (full > 0) {
      auto loop = scf::ForOp::create(b, index(0), index(full), index(kUnroll), sums);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToEnd(loop.getBody());
      SmallVector<Value> carried(loop.getRegionIterArgs());
      Value input = loop.getInductionVar();
      int64_t iterations = full / kUnroll;
      Value first = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, row, index(0));
      fetch(ahead(), bytes(), add(mul(div(at, width), iterations), div(input, kUnroll)),
            llvm::divideCeil(outputs, width) * iterations, first, x);
      for (int64_t i = 0; i < kUnroll; i += numbers)
        addWord(input, i, carried);
      scf::YieldOp::create(b, carried);
      sums = SmallVector<Value>(loop.getResults());
    }
    for (int64_t i = full; i < depth; i += numbers)
      addWord(index(0), i, sums);
    for (int64_t r = 0; r < rows; ++r)
      for (auto [i, piece] : llvm::enumerate(pieces)) {
        auto [column, type] = piece;
        Value sum = sums[r * pieces.size() + i], to = place(r, column);
        if (scales)
          sum = math::FmaOp::create(b, sum, load(type, scales, column), load(type, acc, to));
        store(sum, acc, to);
      }
  }

  void multiplyMany() {
    int64_t side = registerTiles(shape).front().vectors * lanes;
    Value wide = stackMemory(b, b.getLoc(), b.getF32Type(), depth * std::min(side, outputs));
    forColumns(outputs, side, [&](Value first, int64_t width) {
      forEach(index(0), index(depth / numbers), index(1), [&](Value wordRow) {
        for (int64_t at = 0; at < width; at += lanes) {
          SmallVector<Value> decoded = decode(wordRow, add(first, index(at)), std::min(lanes, width - at));
          for (auto [k, value] : llvm::enumerate(decoded))
            store(value, wide, add(mul(add(mul(wordRow, numbers), index(k)), width), index(at)));
        }
      });
      int64_t part = llvm::divideCeil(bytes(), llvm::divideCeil(outputs, side));
      RowsProduct product;
      product.x = x, product.column = column, product.rowStride = rowStride;
      product.w = wide, product.depth = depth, product.outputs = product.block = width;
      product.acc = address(acc, b.getF32Type(), first), product.accStride = outputs;
      product.scales = scales ? address(scales, b.getF32Type(), first) : Value();
      product.count = count;
      product.ahead = address(ahead(), b.getI8Type(), mul(div(first, side), part));
      product.aheadBytes = part;
      multiplyRows(b, product, shape);
    });
  }

  HostShape shape;
  Value x, column, words, acc, count, scales;
  Type word;
  tile::Format format;
  int64_t depth, numbers, outputs, rowStride, lanes;
};

struct ConvertDotRowsWords final : OpConversionPattern<tile::DotRowsWordsOp> {
  ConvertDotRowsWords(const TypeConverter &converter, MLIRContext *context, const HostShape &shape)
      : OpConversionPattern(converter, context), shape(shape) {}

  LogicalResult matchAndRewrite(tile::DotRowsWordsOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Value words = elementAddress(rewriter, op.getLoc(), op.getWords().getType(), adaptor.getWords(),
                                 llvm::to_vector(adaptor.getOffsets()));
    SmallVector<Value> arguments = {adaptor.getX(), adaptor.getColumn(), words, adaptor.getAcc(),
                                    adaptor.getCount()};
    if (op.getScales())
      arguments.push_back(adaptor.getScales());
    replaceByCall(op, functionName(op), arguments, rewriter, [&](ValueRange own) {
      ImplicitLocOpBuilder b(op.getLoc(), rewriter);
      WordsEmitter(b, op, own, shape).emit();
    });
    return success();
  }

  HostShape shape;
};

} // namespace

void populateDotRowsWordsPatterns(const TypeConverter &converter, RewritePatternSet &patterns,
                                  const HostShape &shape) {
  patterns.add<ConvertDotRowsWords>(converter, patterns.getContext(), shape);
}

} // namespace mlir::v4

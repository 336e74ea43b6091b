// tile.dot_rows_words: a few rows are multiplied by what is decoded in registers. Of many rows the first ones
// keep what they decode in the first cache, a slice of the outputs at a time, for tiles of sums of the
// others.
#include "codegen/TileToVector/DotRows.h"
#include "codegen/TileToVector/Panels.h"
#include "codegen/TileToVector/Widen.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::v4 {
namespace {

/// Rows up to which numbers are decoded anew for each group of rows. Bits of bf16 are moved in one
/// instruction, e4m3 takes some.
int64_t fewRows(tile::Format format, const HostShape &shape) {
  return format != tile::Format::e4m3 ? 16 : shape.vectors512() ? 8 : 6;
}
/// Of many rows, how many are multiplied as their numbers are decoded.
constexpr int64_t kDecodingRows = 4;

ArrayRef<RegisterTile> fewTiles(const HostShape &shape) {
  static const RegisterTile of16[] = {{4, 2}, {2, 4}, {1, 8}};
  static const RegisterTile of32[] = {{8, 2}, {4, 4}, {2, 4}, {1, 4}};
  return shape.vectors512() ? ArrayRef(of32) : ArrayRef(of16);
}

bool takesPairs(tile::DotRowsWordsOp op, const HostShape &shape) {
  return shape.dotsBf16 && multipliesPairs(op);
}

std::string functionName(tile::DotRowsWordsOp op, const HostShape &shape) {
  std::string name = "dot_rows_words";
  llvm::raw_string_ostream stream(name);
  stream << "." << op.getX().getType().getDimSize(1) << "." << op.getDepth() << "."
         << op.getAcc().getType().getDimSize(1) << "." << tile::stringifyFormat(op.getFormat())
         << op.getWords().getType().getElementTypeBitWidth() << (op.getScales() ? ".scaled" : "");
  Panels panels(op.getWords().getType(), op.getAcc().getType().getDimSize(1));
  if (panels.panels > 1) // how far they are apart is part of the function
    stream << "." << panels.rows << "x" << panels.width;
  if (takesPairs(op, shape)) // it has room for so many
    stream << ".pairs" << op.getX().getType().getDimSize(0);
  return name;
}

class WordsEmitter : ChainBuilder {
public:
  /// `product`: without the right factor and what is ahead.
  WordsEmitter(ImplicitLocOpBuilder &builder, const RowsProduct &product, Value words, Value ahead,
               tile::DotRowsWordsOp op, const HostShape &shape)
      : ChainBuilder(builder, product, shape), shape(shape), words(words),
        panels(op.getWords().getType(), product.outputs), word(op.getWords().getType().getElementType()),
        format(op.getFormat()), numbers(tile::numbersInElement(format, word)),
        rows(op.getX().getType().getDimSize(0)), inPairs(takesPairs(op, shape)) {
    int64_t bytes = word.getIntOrFloatBitWidth() / 8, run = p.depth / numbers * panels.width * bytes;
    int64_t stride = panels.panels == 1 ? run : panels.stride() * bytes;
    p.ahead = {ahead, run, stride, run * panels.panels};
  }

  void emit() {
    Value few = arith::CmpIOp::create(b, arith::CmpIPredicate::ule, p.count, index(fewRows(format, shape)));
    auto branch = scf::IfOp::create(b, few, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(branch.thenBlock()->getTerminator());
    forTiles(p.count, p.outputs, lanes, fewTiles(shape),
             [&](RowGroup group, Value column, int64_t width) { multiplyFew(group, column, width); });
    b.setInsertionPoint(branch.elseBlock()->getTerminator());
    if (inPairs)
      multiplyManyPairs();
    else
      multiplyMany();
  }

private:
  /// Inputs of an iteration, in whole words. With many registers four have multiply-adds enough; of more,
  /// LLVM would load all factors of rows first, and run out of registers.
  int64_t unroll() const { return shape.vectors512() ? std::max<int64_t>(numbers, 4) : 8; }

  using Piece = std::pair<int64_t, VectorType>;

  /// Rows times columns whose sums are in registers.
  struct Tile {
    RowGroup group;
    Value column;
    int64_t width;
    /// Where the numbers are kept as they are decoded, one input's [width] after the other; null: nowhere.
    Value wide;
    SmallVector<Piece> pieces; // of the columns
    /// Whether decoding begins a row of words early.
    bool early;
  };

  /// Decoding is a chain of instructions, which the products before can hide if the sums leave registers for
  /// the decoded vectors.
  bool beginsEarly(int64_t rows, int64_t width) const {
    constexpr int64_t kBegun = 2; // vectors at most of a piece: the words of bf16, or pairs of e4m3
    constexpr int64_t kRegisters = 24;
    return shape.vectors512() && format != tile::Format::e2m1 && width % lanes == 0 &&
           p.depth % unroll() == 0 && (rows + 2 * kBegun) * (width / lanes) <= kRegisters;
  }

  /// The words of `count` outputs in the row of words that has input `k`.
  Value loadWords(Value column, int64_t count, Value k) {
    Value place = add(mul(div(k, numbers), panels.width), panels.elementOf(b, b.getLoc(), column));
    return LLVM::LoadOp::create(b, VectorType::get({count}, word), address(words, word, place),
                                word.getIntOrFloatBitWidth() / 8);
  }

  /// Begins to decode the piece's words in the row of words that has input `k`.
  SmallVector<Value> begin(const Tile &tile, const Piece &piece, Value k) {
    Value loaded = loadWords(add(tile.column, index(piece.first)), piece.second.getNumElements(), k);
    return beginWidening(b, loaded, format, shape.vectorBits);
  }

  void multiplyFew(RowGroup group, Value column, int64_t width, Value wide = {}) {
    Tile tile = {group, column, width, wide, {}, beginsEarly(group.rows, width)};
    for (int64_t at = 0; at < width; at += lanes)
      tile.pieces.push_back({at, VectorType::get({std::min(lanes, width - at)}, b.getF32Type())});
    SmallVector<Value> early;
    for (const Piece &piece : tile.pieces)
      if (tile.early)
        early.append(begin(tile, piece, index(0)));
    emitChains(
        group, column, width, tile.pieces, unroll(), numbers,
        [&](Value k, int64_t offset, MutableArrayRef<Value> sums) { addWord(tile, k, offset, sums); }, early);
  }

  /// Adds the products of a row of words, from input k + offset on. Behind the sums are the decoded vectors
  /// of this row if they begin early, and then those of the next one.
  void addWord(const Tile &tile, Value k, int64_t offset, MutableArrayRef<Value> sums) {
    int64_t count = tile.pieces.size();
    MutableArrayRef<Value> left = sums.drop_front(tile.group.rows * count);
    int64_t each = left.size() / count;
    SmallVector<SmallVector<Value>> begun; // of a piece
    for (auto [i, piece] : llvm::enumerate(tile.pieces))
      begun.push_back(tile.early ? SmallVector<Value>(left.slice(i * each, each))
                                 : begin(tile, piece, add(k, index(offset))));
    // The last row once more where there is no next one.
    Value next = arith::MinUIOp::create(b, add(k, index(offset + numbers)), index(p.depth - numbers));
    for (int64_t n = 0; n < numbers; ++n) {
      SmallVector<Value> weights;
      for (ArrayRef<Value> vectors : begun)
        weights.push_back(widenNumber(b, vectors, n, numbers));
      if (tile.wide)
        for (auto [weight, piece] : llvm::zip_equal(weights, tile.pieces))
          store(weight, tile.wide, add(mul(add(k, index(offset + n)), tile.width), index(piece.first)));
      for (int64_t r = 0; r < tile.group.rows; ++r) {
        Value x = factor(tile.group.row, r, k, offset + n);
        for (auto [i, piece] : llvm::enumerate(tile.pieces)) {
          Value &sum = sums[r * count + i];
          sum = math::FmaOp::create(b, vector::BroadcastOp::create(b, piece.second, x), weights[i], sum);
        }
      }
      for (auto [i, piece] : llvm::enumerate(tile.pieces))
        if (tile.early && int64_t(i) * numbers / count == n)
          llvm::copy(begin(tile, piece, next), left.begin() + i * each);
    }
  }

  /// Outputs of a slice, of which many rows keep what is decoded.
  int64_t side() const {
    return std::min(registerTiles(shape, p.outputs).front().vectors * lanes, p.outputs);
  }

  void multiplyMany() {
    Value wide = stackMemory(b, b.getLoc(), b.getF32Type(), p.depth * side());
    forColumns(p.outputs, side(), [&](Value first, int64_t width) {
      multiplyFew({index(0), kDecodingRows, index(kDecodingRows)}, first, width, wide);
      RowsProduct slice = p;
      slice.x = address(p.x, b.getF32Type(), index(kDecodingRows * p.rowStride));
      slice.count = arith::SubIOp::create(b, p.count, index(kDecodingRows));
      slice.w = wide, slice.outputs = slice.block = width;
      slice.acc = address(p.acc, b.getF32Type(), add(first, index(kDecodingRows * p.accStride)));
      slice.scales = p.scales ? address(p.scales, b.getF32Type(), first) : Value();
      slice.ahead = {};
      multiplyRows(b, slice, shape);
    });
  }

  /// As pairs of bf16, if the rows are numbers for it.
  void multiplyManyPairs() {
    RowsProduct pairs = p;
    pairs.depth = pairs.rowStride = p.depth / 2;
    pairs.column = index(0);
    pairs.x = stackMemory(b, b.getLoc(), b.getI32Type(), rows * pairs.depth);
    pairs.w = stackMemory(b, b.getLoc(), b.getI32Type(), pairs.depth * side());
    auto branch = scf::IfOp::create(b, writePairs(b, p, pairs.x), /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(branch.thenBlock()->getTerminator());
    forColumns(p.outputs, side(), [&](Value first, int64_t width) {
      decodePairs(first, width, pairs.w);
      multiplyPairs(b, pairs, first, width, shape);
    });
    b.setInsertionPoint(branch.elseBlock()->getTerminator());
    multiplyMany();
  }

  void decodePairs(Value first, int64_t width, Value wide) {
    forEach(index(0), index(p.depth), index(numbers), [&](Value k) {
      for (int64_t at = 0; at < width; at += lanes) {
        auto [firstTwo, lastTwo] = widenToPairs(b, loadWords(add(first, index(at)), lanes, k));
        Value to = add(mul(div(k, 2), width), index(at));
        store(firstTwo, wide, to);
        store(lastTwo, wide, add(to, index(width)));
      }
    });
  }

  HostShape shape;
  Value words;
  Panels panels;
  Type word;
  tile::Format format;
  int64_t numbers; // in a word
  int64_t rows;    // at most
  bool inPairs;    // of many rows
};

struct ConvertDotRowsWords final : OpConversionPattern<tile::DotRowsWordsOp> {
  ConvertDotRowsWords(const TypeConverter &converter, MLIRContext *context, const HostShape &shape)
      : OpConversionPattern(converter, context), shape(shape) {}

  LogicalResult matchAndRewrite(tile::DotRowsWordsOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Value words = elementAddress(rewriter, op.getLoc(), op.getWords().getType(), adaptor.getWords(),
                                 llvm::to_vector(adaptor.getOffsets()));
    // The next words of the panels, or of those that follow.
    int64_t numbers = tile::numbersInElement(op.getFormat(), op.getWords().getType().getElementType());
    Value row = adaptor.getOffsets().drop_back().back();
    Value ahead = Panels(op.getWords().getType(), op.getAcc().getType().getDimSize(1))
                      .ahead(rewriter, op.getLoc(), words, row, op.getDepth() / numbers);
    SmallVector<Value> arguments = {adaptor.getX(), adaptor.getColumn(), words,
                                    ahead,          adaptor.getAcc(),    adaptor.getCount()};
    if (op.getScales())
      arguments.push_back(adaptor.getScales());
    replaceByCall(op, functionName(op, shape), arguments, rewriter, [&](ValueRange own) {
      ImplicitLocOpBuilder b(op.getLoc(), rewriter);
      RowsProduct product;
      product.x = own[0], product.column = own[1], product.acc = own[4], product.count = own[5];
      product.rowStride = op.getX().getType().getDimSize(1), product.depth = op.getDepth();
      product.outputs = product.accStride = op.getAcc().getType().getDimSize(1);
      product.scales = op.getScales() ? own[6] : Value();
      WordsEmitter(b, product, own[2], own[3], op, shape).emit();
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

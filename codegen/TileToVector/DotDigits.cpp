// tile.dot_digits: exact products, of a few rows in bytes, of more in 16 bits (DotManyDigits.cpp).
//
// Twice an e2m1 number is an integer; plus 12 it has no sign, and a lookup of bytes decodes 32 of them. What
// multiplies unsigned by signed bytes then adds up a digit's products of half a block in 16 bits, and
// multiply-adds join the digits; or of all of it in 32 bits. That 12 was added is taken back once for all
// outputs.
#include "codegen/TileToVector/Digits.h"
#include "codegen/TileToVector/DotRows.h"

#include "llvm/Support/FormatVariadic.h"

namespace mlir::v4 {
namespace digits {

Value DigitProduct::record(DigitBuilder &b, Value row) const {
  if (rows)
    row = arith::IndexCastUIOp::create(b, b.getIndexType(),
                                       b.load(b.getI32Type(), b.address(rows, b.getI32Type(), row)));
  return b.address(x, b.getI8Type(), b.mul(row, rowBytes));
}

Value DigitProduct::wordAddress(DigitBuilder &b, Value base, int64_t word, Value column,
                                ColumnPiece piece) const {
  Value element = panels.elementOf(b, b.getLoc(), b.plus(column, piece.at));
  return b.address(base, b.getI32Type(), element, 4 * word * panels.width);
}

Value DigitProduct::loadWords(DigitBuilder &b, int64_t word, Value column, ColumnPiece piece) const {
  return b.load(b.vector(b.getI32Type(), piece.lanes), wordAddress(b, words, word, column, piece));
}

Value lookUpDoubled(DigitBuilder &b, Value nibbles, int64_t offset) {
  static const int8_t kDoubled[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
  SmallVector<int8_t> values;
  for (int8_t doubled : kDoubled)
    values.push_back(int8_t(doubled + offset));
  return lookUpBytes(b, values, nibbles);
}

void forPieces(DigitBuilder &b, int64_t outputs, int64_t vectors, int64_t lanes,
               function_ref<void(Value column, ArrayRef<ColumnPiece> pieces)> body) {
  RowBuilder(b).forColumns(outputs, vectors * lanes, [&](Value column, int64_t width) {
    SmallVector<ColumnPiece> pieces;
    for (int64_t at = 0; at < width; at += pieces.back().lanes)
      pieces.push_back({at, width - at < lanes ? 8 : lanes});
    body(column, pieces);
  });
}

void addScaled(DigitBuilder &b, Value sum, Value factor, Value scales, Value to) {
  VectorType floats = cast<VectorType>(sum.getType()).clone(b.getF32Type());
  Value scale =
      arith::MulFOp::create(b, b.load(floats, scales), vector::BroadcastOp::create(b, floats, factor));
  Value product = arith::SIToFPOp::create(b, floats, sum);
  b.store(math::FmaOp::create(b, product, scale, b.load(floats, to)), to);
}

} // namespace digits

namespace {

using namespace digits;

constexpr int64_t kWordsOf16Bits = 2; // whose products 16 bits can hold
constexpr int64_t kLineWords = 16;    // in a cache line

/// Rows up to which they are multiplied in bytes: of more, it is less work to decode the weights to 16 bits.
/// Where bytes are summed in 32 bits at once, as many as have registers.
int64_t fewRows(const HostShape &shape) { return shape.sumsBytes ? 8 : 3; }

/// The first rows times a block.
class FewRowsEmitter {
public:
  FewRowsEmitter(DigitBuilder &b, const DigitProduct &product, const HostShape &shape, int64_t rows)
      : b(b), product(product), shape(shape), lanes(shape.lanes()) {
    for (int64_t row = 0; row < rows; ++row)
      records.push_back(product.record(b, b.index(row)));
  }

  /// Whether none of the rows needs its lowest digit.
  Value areNarrow() {
    Value wide;
    for (Value record : records) {
      Value flag = b.load(b.getI32Type(), b.offset(record, kWide));
      wide = wide ? arith::OrIOp::create(b, wide, flag).getResult() : flag;
    }
    return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, wide, b.constant(b.getI32Type(), 0));
  }

  void emitNarrow() {
    // As many sums as there are registers.
    emitDigits(kNarrowDigits, std::clamp<int64_t>((shape.vectors512() ? 8 : 4) / records.size(), 1, 4));
  }
  void emitWide() {
    emitDigits(kDigits, std::max<int64_t>((shape.vectors512() ? 4 : 2) / int64_t(records.size()), 1));
  }

private:
  struct RowSums {
    SmallVector<Value, kDigits> digits = {}; // of each one, in 16 bits or in 32
    Value total = {};                        // in 32
  };
  struct Piece : ColumnPiece {
    SmallVector<RowSums> rows = {};
  };

  /// `vectors` of outputs share what they load of the rows.
  void emitDigits(int64_t digitCount, int64_t vectors) {
    forPieces(b, product.outputs, vectors, lanes,
              [&](Value column, ArrayRef<ColumnPiece> columns) { emitColumns(digitCount, column, columns); });
  }

  /// `inputs`: of each row's digits.
  void addProducts(Piece &piece, Value column, int64_t word, int64_t odd,
                   ArrayRef<SmallVector<Value, kDigits>> inputs) {
    VectorType words32 = b.vector(b.getI32Type(), piece.lanes),
               pairs = b.vector(b.getI16Type(), 2 * piece.lanes),
               bytes = b.vector(b.getI8Type(), 4 * piece.lanes);
    Value codes = b.bitcast(pairs, product.loadWords(b, word, column, piece));
    Value nibbles = b.masked(b.bitcast(bytes, odd ? b.right(codes, 4) : codes), 15);
    Value weights = lookUpDoubled(b, nibbles, kOffset);
    for (auto [sums, digits] : llvm::zip_equal(piece.rows, inputs))
      for (auto [sum, four] : llvm::zip_equal(sums.digits, digits)) {
        Value row = b.bitcast(bytes, vector::BroadcastOp::create(b, words32, four));
        if (shape.sumsBytes) {
          sum = addBytes(b, sum ? sum : b.constant(words32, 0), weights, row);
          continue;
        }
        Value products = multiplyBytes(b, weights, row);
        sum = sum ? b.add(sum, products) : products;
      }
  }

  /// Adds the digits' sums to the total.
  void join(RowSums &sums) {
    for (auto [digit, products] : llvm::enumerate(llvm::reverse(sums.digits))) {
      int64_t shift = kDigitBits * digit;
      Value joined = products;
      if (!shape.sumsBytes) {
        int64_t inProduct = std::min(shift, kDigitBits);
        joined = multiplyPairs(b, products, b.constant(products.getType(), int64_t(1) << inProduct));
        shift -= inProduct;
      }
      if (shift > 0)
        joined = b.left(joined, shift);
      sums.total = sums.total ? b.add(sums.total, joined) : joined;
    }
    sums.digits.assign(sums.digits.size(), Value());
  }

  void emitColumns(int64_t digitCount, Value column, ArrayRef<ColumnPiece> columns) {
    SmallVector<Piece> pieces;
    for (ColumnPiece piece : columns) {
      pieces.push_back({piece});
      pieces.back().rows.assign(records.size(), {SmallVector<Value, kDigits>(digitCount)});
    }
    for (int64_t word = 0; word < kInputs / kWord; ++word) {
      for (ColumnPiece piece : columns)
        if (piece.at % kLineWords == 0)
          LLVM::Prefetch::create(b, product.wordAddress(b, product.ahead, word, column, piece), /*rw=*/0,
                                 /*hint=*/3, /*cache=*/1);
      for (int64_t odd : {0, 1}) {
        SmallVector<SmallVector<Value, kDigits>> inputs(records.size());
        for (auto [record, digits] : llvm::zip_equal(records, inputs))
          for (int64_t digit = kDigits - digitCount; digit < kDigits; ++digit)
            digits.push_back(b.load(b.getI32Type(),
                                    b.offset(record, digit * kDigitStride + word * kWord + odd * kWord / 2)));
        for (Piece &piece : pieces)
          addProducts(piece, column, word, odd, inputs);
      }
      if ((word + 1) % (shape.sumsBytes ? kInputs / kWord : kWordsOf16Bits) == 0)
        for (Piece &piece : pieces)
          llvm::for_each(piece.rows, [&](RowSums &sums) { join(sums); });
    }
    for (auto [row, record] : llvm::enumerate(records)) {
      Value bias = b.load(b.getI32Type(), b.offset(record, kBias));
      Value factor = b.load(b.getF32Type(), b.offset(record, kFactor));
      for (const Piece &piece : pieces) {
        Value total = piece.rows[row].total;
        Value sum = b.add(total, vector::BroadcastOp::create(b, total.getType(), bias));
        addScaled(b, sum, factor, b.address(product.scales, b.getF32Type(), column, 4 * piece.at),
                  b.address(product.acc, b.getF32Type(), column, 4 * (row * product.outputs + piece.at)));
      }
    }
  }

  DigitBuilder &b;
  const DigitProduct &product;
  SmallVector<Value> records; // of the rows
  HostShape shape;
  int64_t lanes; // of f32
};

/// `most`: rows that `count` may be.
void emitFor(DigitBuilder &b, const DigitProduct &product, const HostShape &shape, int64_t most) {
  auto few = [&](int64_t rows) { return FewRowsEmitter(b, product, shape, rows); };
  auto emitAny = [&](int64_t rows) {
    b.either(few(rows).areNarrow(), [&] { few(rows).emitNarrow(); }, [&] { few(rows).emitWide(); });
  };
  if (most == 1)
    return emitAny(1);
  // Sums in 16 bits of several rows leave no registers for a third digit.
  auto takesWide = [&](int64_t rows) { return rows == 1 || shape.sumsBytes; };
  auto takes = [&](int64_t rows) -> Value {
    Value counted = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, product.count, b.index(rows));
    if (takesWide(rows))
      return counted;
    auto narrow = scf::IfOp::create(
        b, counted, [&](OpBuilder &, Location) { scf::YieldOp::create(b, few(rows).areNarrow()); },
        [&](OpBuilder &, Location) { scf::YieldOp::create(b, b.constant(b.getI1Type(), 0)); });
    return narrow.getResult(0);
  };
  Value done;
  for (int64_t rows = 1; rows <= std::min(most, fewRows(shape)); ++rows) {
    Value here = takes(rows);
    b.either(here, [&] { takesWide(rows) ? emitAny(rows) : few(rows).emitNarrow(); }, [] {});
    done = done ? arith::OrIOp::create(b, done, here).getResult() : here;
  }
  b.either(
      done, [] {},
      [&] {
        product.panels.fetch(b, b.getLoc(), product.ahead, kInputs / kWord);
        multiplyManyDigits(b, product, shape);
      });
}

struct ConvertDotDigits final : OpConversionPattern<tile::DotDigitsOp> {
  ConvertDotDigits(const TypeConverter &converter, MLIRContext *context, const HostShape &shape)
      : OpConversionPattern(converter, context), shape(shape) {}

  LogicalResult matchAndRewrite(tile::DotDigitsOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto at = [&](Value base, MemRefType memory, ValueRange offsets) {
      return elementAddress(rewriter, op.getLoc(), memory, base, llvm::to_vector(offsets));
    };
    MemRefType acc = op.getAcc().getType();
    int64_t rowElements = op.getX().getType().getShape().back();
    Panels panels(op.getWords().getType(), acc.getDimSize(1));
    Value words = at(adaptor.getWords(), op.getWords().getType(), adaptor.getOffsets());
    Value then =
        op.getThen().empty() ? Value() : at(adaptor.getWords(), op.getWords().getType(), adaptor.getThen());
    Value ahead = panels.ahead(rewriter, op.getLoc(), words, adaptor.getOffsets().drop_back().back(),
                               panels.rowsAhead(), then);
    SmallVector<Value> arguments = {at(adaptor.getX(), op.getX().getType(), adaptor.getFrom()),
                                    words,
                                    ahead,
                                    adaptor.getAcc(),
                                    adaptor.getCount(),
                                    adaptor.getScales()};
    if (op.getRows())
      arguments.push_back(adaptor.getRows());
    std::string name =
        llvm::formatv("dot_digits.{0}x{1}x{2}.{3}x{4}{5}", acc.getDimSize(0), rowElements, acc.getDimSize(1),
                      panels.panels > 1 ? panels.rows : 0, panels.width, op.getRows() ? ".rows" : "");
    replaceByCall(op, name, arguments, rewriter, [&](ValueRange own) {
      DigitBuilder b(op.getLoc(), rewriter);
      DigitProduct product = {own[0],
                              own[1],
                              own[2],
                              own[3],
                              own[4],
                              own[5],
                              op.getRows() ? own[6] : Value(),
                              acc.getDimSize(1),
                              4 * rowElements,
                              panels};
      emitFor(b, product, shape, acc.getDimSize(0));
    });
    return success();
  }

  HostShape shape;
};

} // namespace

void populateDotDigitsPatterns(const TypeConverter &converter, RewritePatternSet &patterns,
                               const HostShape &shape) {
  patterns.add<ConvertDotDigits>(converter, patterns.getContext(), shape);
}

} // namespace mlir::v4

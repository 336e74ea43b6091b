// tile.dot_digits of many rows: weights are decoded once for all of them, to 16 bits, and multiply-adds of
// pairs sum a block's products in 32. A narrow row's number fits 16 bits. Of a wide one the lowest digit goes
// this way, and what the others make is there before.
#include "codegen/TileToVector/Digits.h"
#include "codegen/TileToVector/DotRows.h"

namespace mlir::v4::digits {
namespace {

constexpr RegisterTile kTiles16[] = {{4, 2}, {2, 4}, {1, 4}};
constexpr RegisterTile kTiles32[] = {{4, 4}, {2, 4}, {1, 4}};

constexpr int64_t kPairs = kInputs / 2, kRowBytes = 4 * kPairs;

class ManyRowsEmitter {
public:
  ManyRowsEmitter(DigitBuilder &b, const DigitProduct &product, const HostShape &shape)
      : b(b), product(product), lanes(shape.lanes()),
        tiles(shape.vectors512() ? ArrayRef(kTiles32) : ArrayRef(kTiles16)), outputs(product.outputs),
        i32(b.getI32Type()) {}

  void emit() {
    int64_t most = tiles.front().rows;
    weights = stackMemory(b, b.getLoc(), i32, kPairs * outputs);
    rows = stackMemory(b, b.getLoc(), i32, kPairs * most);
    upper = stackMemory(b, b.getLoc(), i32, kPairs);
    begins = stackMemory(b, b.getLoc(), i32, most * outputs);
    decode();
    for (int64_t r = 0; r < most; ++r)
      clear(r);
    RowBuilder(b).forRanges(product.count, tiles, [&](Value begin, Value end, RegisterTile tile) {
      b.forEach(begin, end, tile.rows, [&](Value first) { emitGroup(first, tile); });
    });
  }

private:
  /// Pairs of an iteration: LLVM would mix up more of them, and run out of registers.
  static constexpr int64_t kUnroll = 4;

  using Pieces = ArrayRef<ColumnPiece>;

  void forColumns(int64_t vectors, function_ref<void(Value column, Pieces pieces)> body) {
    forPieces(b, outputs, vectors, lanes, body);
  }

  Value halves(Value vector) { return b.bitcast(b.vector(b.getI16Type(), 2 * numberOf(vector)), vector); }
  static int64_t numberOf(Value vector) { return cast<VectorType>(vector.getType()).getNumElements(); }
  /// The lower, or the upper bytes of all 16 bits, as numbers with a sign.
  Value lowerBytes(Value pairs) { return b.rightSigned(b.left(pairs, 8), 8); }
  Value upperBytes(Value pairs) { return b.rightSigned(pairs, 8); }

  // A word's even nibbles lie in four bytes, which become two pairs: (0, 4) and (2, 6); the odd ones the
  // same.
  void decode() {
    forColumns(1, [&](Value column, Pieces pieces) {
      VectorType bytes = b.vector(b.getI8Type(), 4 * pieces[0].lanes);
      for (int64_t word = 0; word < kInputs / kWord; ++word) {
        Value codes = halves(product.loadWords(b, word, column, pieces[0]));
        for (int64_t odd : {0, 1}) {
          Value nibbles = b.masked(b.bitcast(bytes, odd ? b.right(codes, 4) : codes), 15);
          Value pairs = b.bitcast(codes.getType(), lookUpDoubled(b, nibbles, /*offset=*/0));
          for (int64_t upper : {0, 1})
            b.store(upper ? upperBytes(pairs) : lowerBytes(pairs),
                    b.address(weights, i32, column, 4 * pairOf(word, odd, upper) * outputs));
        }
      }
    });
  }
  static int64_t pairOf(int64_t word, int64_t odd, int64_t upper) {
    return upper * kPairs / 2 + 2 * word + odd;
  }

  void clear(int64_t r) {
    forColumns(1, [&](Value column, Pieces pieces) {
      Value zero = arith::ConstantOp::create(b, b.getZeroAttr(b.vector(i32, pieces[0].lanes)));
      b.store(zero, b.address(begins, i32, column, 4 * r * outputs));
    });
  }

  /// The row's block; its next one is fetched meanwhile.
  Value recordOf(Value row) {
    constexpr int64_t kBlockBytes = 4 * kInputs, kLine = 64;
    Value record = product.record(b, row);
    for (int64_t line = 0; line < kBlockBytes; line += kLine)
      LLVM::Prefetch::create(b, b.offset(record, kBlockBytes + line), /*rw=*/0, /*hint=*/3, /*cache=*/1);
    return record;
  }
  Value isWide(Value record) {
    Value flag = b.load(i32, b.offset(record, kWide));
    return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, flag, b.constant(i32, 0));
  }

  /// 256 times a digit, plus the next one, in the pairs of the weights; without the first if `lowest`.
  void joinDigits(Value record, int64_t digit, Value lowest, Value to) {
    VectorType pairs = b.vector(b.getI16Type(), kPairs);
    auto load = [&](int64_t number) { return b.load(pairs, b.offset(record, number * kDigitStride), 1); };
    Value first = load(digit), second = load(digit + 1);
    if (lowest)
      first = arith::SelectOp::create(b, lowest, b.constant(pairs, 0), first);
    b.store(b.add(b.left(first, 8), lowerBytes(second)), to);
    b.store(b.add(b.masked(first, ~255), upperBytes(second)), b.offset(to, kRowBytes / 2));
  }

  void emitGroup(Value first, RegisterTile tile) {
    SmallVector<Value> records, wide;
    for (int64_t r = 0; r < tile.rows; ++r) {
      records.push_back(recordOf(b.plus(first, r)));
      wide.push_back(isWide(records[r]));
      joinDigits(records[r], kDigits - kNarrowDigits, wide[r], b.offset(rows, r * kRowBytes));
      b.either(wide[r], [&] { beginWide(records[r], r); }, [] {});
    }
    forColumns(tile.vectors, [&](Value column, Pieces pieces) {
      SmallVector<Value> sums;
      for (int64_t r = 0; r < tile.rows; ++r)
        for (auto [at, lanes] : pieces)
          sums.push_back(
              b.load(b.vector(i32, lanes), b.address(begins, i32, column, 4 * (r * outputs + at))));
      sums = addPairs(rows, tile.rows, column, pieces, sums);
      for (int64_t r = 0; r < tile.rows; ++r) {
        Value factor = b.load(b.getF32Type(), b.offset(records[r], kFactor));
        Value row = b.add(b.mul(b.plus(first, r), outputs), column);
        for (auto [p, piece] : llvm::enumerate(pieces))
          addScaled(b, sums[r * pieces.size() + p], factor,
                    b.address(product.scales, b.getF32Type(), column, 4 * piece.at),
                    b.address(product.acc, b.getF32Type(), row, 4 * piece.at));
      }
    });
    for (int64_t r = 0; r < tile.rows; ++r)
      b.either(wide[r], [&] { clear(r); }, [] {});
  }

  /// The sums of the upper digits of a wide row, where its sums begin.
  void beginWide(Value record, int64_t r) {
    joinDigits(record, 0, /*lowest=*/{}, upper);
    forColumns(4, [&](Value column, Pieces pieces) {
      SmallVector<Value> sums;
      for (auto [at, lanes] : pieces)
        sums.push_back(arith::ConstantOp::create(b, b.getZeroAttr(b.vector(i32, lanes))));
      sums = addPairs(upper, 1, column, pieces, sums);
      for (auto [sum, piece] : llvm::zip_equal(sums, pieces))
        b.store(b.left(sum, kDigitBits), b.address(begins, i32, column, 4 * (r * outputs + piece.at)));
    });
  }

  /// `sums` of `count` rows in `from` and of pieces, and a block's products.
  SmallVector<Value> addPairs(Value from, int64_t count, Value column, Pieces pieces, ValueRange sums) {
    auto loop = scf::ForOp::create(b, b.index(0), b.index(kPairs), b.index(kUnroll), sums);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(loop.getBody());
    SmallVector<Value> carried(loop.getRegionIterArgs());
    Value first = loop.getInductionVar(), place = b.add(b.mul(first, outputs), column);
    for (int64_t pair = 0; pair < kUnroll; ++pair) {
      SmallVector<Value> own;
      for (auto [at, lanes] : pieces)
        own.push_back(
            halves(b.load(b.vector(i32, lanes), b.address(weights, i32, place, 4 * (pair * outputs + at)))));
      for (int64_t r = 0; r < count; ++r) {
        Value two = b.load(i32, b.address(from, i32, first, 4 * (r * kPairs + pair)));
        for (auto [p, weight] : llvm::enumerate(own)) {
          VectorType type = cast<VectorType>(carried[r * own.size() + p].getType());
          Value row = halves(vector::BroadcastOp::create(b, type, two));
          Value &sum = carried[r * own.size() + p];
          sum = b.add(sum, multiplyPairs(b, weight, row));
        }
      }
    }
    scf::YieldOp::create(b, carried);
    return SmallVector<Value>(loop.getResults());
  }

  DigitBuilder &b;
  const DigitProduct &product;
  int64_t lanes; // of f32
  ArrayRef<RegisterTile> tiles;
  int64_t outputs;
  Type i32;
  Value weights; // [pairs, outputs] of two 16-bit numbers
  Value rows;    // [rows, pairs] of them
  Value upper;   // [pairs], of a wide row
  Value begins;  // [rows, outputs]; zero but for wide rows
};

} // namespace

void multiplyManyDigits(DigitBuilder &b, const DigitProduct &product, const HostShape &shape) {
  ManyRowsEmitter(b, product, shape).emit();
}

} // namespace mlir::v4::digits

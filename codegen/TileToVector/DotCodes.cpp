// tile.dot_codes: rows of e2m1 codes times integers in bytes.
//
// Twice an e2m1 number plus 12 has no sign: a lookup of bytes decodes 32 of them, and what multiplies
// unsigned by signed bytes sums a block in 16 bits. The sums begin at what takes back that 12 was added. Two
// rows at a time: loads of the columns are what a processor runs out of first.
#include "codegen/TileToVector/Digits.h"
#include "codegen/TileToVector/DotRows.h"

#include "llvm/Support/FormatVariadic.h"

namespace mlir::v4 {
namespace {

using namespace digits;

constexpr int64_t kGroups = 8, kGroupBytes = 4; // of a block's inputs
/// Rows that share what they load of the columns, and vectors of sums that each of them has.
constexpr RegisterTile kTiles[] = {{2, 4}, {1, 8}};

/// The operands of a tile.dot_codes, where they begin.
struct CodesProduct {
  Value x, columns, scales, acc, count;
  int64_t blocks, outputs, rowBytes, scaleOffset;
};

class CodesEmitter {
public:
  CodesEmitter(DigitBuilder &b, const CodesProduct &product, const HostShape &shape)
      : b(b), p(product), lanes(shape.lanes()), i32(b.getI32Type()) {}

  void emit() {
    begins = stackMemory(b, b.getLoc(), i32, p.blocks * p.outputs);
    numbers = stackMemory(b, b.getLoc(), b.getI8Type(), kTiles[0].rows * p.blocks * kInputs);
    b.forEach(b.index(0), b.index(p.blocks), 1, [&](Value block) { emitBegins(block); });
    RowBuilder(b).forRanges(p.count, kTiles, [&](Value begin, Value end, RegisterTile tile) {
      b.forEach(begin, end, tile.rows, [&](Value row) { emitRows(row, tile); });
    });
  }

private:
  /// Groups of an iteration: LLVM would mix up more of them, and run out of registers.
  static constexpr int64_t kUnroll = 2;

  using Piece = ColumnPiece;

  struct Row {
    Value codes, acc;
    Value numbers; // of all blocks
  };

  void forColumns(int64_t vectors, function_ref<void(Value column, ArrayRef<Piece> pieces)> body) {
    forPieces(b, p.outputs, vectors, lanes, body);
  }

  VectorType pairs(int64_t lanes) { return b.vector(b.getI16Type(), 2 * lanes); }
  VectorType bytes(int64_t lanes) { return b.vector(b.getI8Type(), 4 * lanes); }

  /// Group `first` + `group` of all blocks', of the columns.
  Value loadColumns(Value first, int64_t group, Value column, Piece piece) {
    Value place = b.add(b.mul(first, p.outputs), column);
    return b.load(bytes(piece.lanes), b.address(p.columns, i32, place, 4 * (group * p.outputs + piece.at)));
  }
  /// Of 32 bits for an output of block `block`.
  Value place(Value base, Value block, Value column, Piece piece) {
    return b.address(base, i32, b.add(b.mul(block, p.outputs), column), 4 * piece.at);
  }

  void emitBegins(Value block) {
    forColumns(1, [&](Value column, ArrayRef<Piece> pieces) {
      Piece piece = pieces.front();
      Value offset = b.constant(bytes(piece.lanes), kOffset), sum = b.constant(pairs(piece.lanes), 0);
      for (int64_t group = 0; group < kGroups; ++group)
        sum = arith::SubIOp::create(
            b, sum, multiplyBytes(b, offset, loadColumns(b.mul(block, kGroups), group, column, piece)));
      b.store(sum, place(begins, block, column, piece));
    });
  }

  void emitRows(Value first, RegisterTile tile) {
    SmallVector<Row> rows;
    for (int64_t r = 0; r < tile.rows; ++r) {
      Value i = b.plus(first, r);
      rows.push_back({b.address(p.x, b.getI8Type(), b.mul(i, p.rowBytes)),
                      b.address(p.acc, b.getF32Type(), b.mul(i, p.outputs)),
                      b.offset(numbers, r * p.blocks * kInputs)});
    }
    for (const Row &row : rows)
      for (int64_t block = 0; block < p.blocks; ++block)
        decode(row, block);
    emitBlock(rows, tile, b.index(0), /*first=*/true);
    if (p.blocks > 1)
      b.forEach(b.index(1), b.index(p.blocks), 1,
                [&](Value block) { emitBlock(rows, tile, block, /*first=*/false); });
  }

  /// The block's numbers, the even ones first.
  void decode(const Row &row, int64_t block) {
    VectorType halves = b.vector(b.getI16Type(), kInputs / 4);
    Value even = b.load(halves, b.offset(row.codes, block * kInputs / 2), 1);
    Value both = vector::ShuffleOp::create(b, even, b.right(even, 4),
                                           llvm::to_vector(llvm::seq<int64_t>(0, kInputs / 2)));
    Value nibbles = b.masked(b.bitcast(b.vector(b.getI8Type(), kInputs), both), 15);
    b.store(lookUpDoubled(b, nibbles, kOffset), b.offset(row.numbers, block * kInputs), kInputs);
  }

  Value scaleOfBlock(const Row &row, Value block) {
    Value byte = b.load(b.getI8Type(), b.address(row.codes, b.getI8Type(), block, p.scaleOffset), 1);
    constexpr int64_t kMantissa = 23;
    return b.bitcast(b.getF32Type(), b.left(arith::ExtUIOp::create(b, i32, byte), kMantissa));
  }

  void emitBlock(ArrayRef<Row> rows, RegisterTile tile, Value block, bool first) {
    SmallVector<Value> scales;
    for (const Row &row : rows)
      scales.push_back(scaleOfBlock(row, block));
    forColumns(tile.vectors, [&](Value column, ArrayRef<Piece> pieces) {
      SmallVector<Value> sums; // of a row after those of the row before
      for (size_t r = 0; r < rows.size(); ++r)
        for (Piece piece : pieces)
          sums.push_back(b.load(pairs(piece.lanes), place(begins, block, column, piece)));
      sums = addGroups(rows, block, column, pieces, sums);
      for (auto [r, row] : llvm::enumerate(rows))
        for (auto [i, piece] : llvm::enumerate(pieces))
          addBlock(sums[r * pieces.size() + i], scales[r], block, column, piece, row.acc, first);
    });
  }

  /// `sums` of pieces, and the products of a block.
  SmallVector<Value> addGroups(ArrayRef<Row> rows, Value block, Value column, ArrayRef<Piece> pieces,
                               ValueRange sums) {
    auto loop = scf::ForOp::create(b, b.index(0), b.index(kGroups), b.index(kUnroll), sums);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(loop.getBody());
    SmallVector<Value> carried(loop.getRegionIterArgs());
    Value first = loop.getInductionVar(), line = b.add(b.mul(block, kGroups), first);
    for (int64_t group = 0; group < kUnroll; ++group) {
      SmallVector<Value> columns;
      for (Piece piece : pieces)
        columns.push_back(loadColumns(line, group, column, piece));
      for (auto [r, row] : llvm::enumerate(rows)) {
        Value four = b.load(i32, b.address(row.numbers, i32, line, group * kGroupBytes));
        for (auto [i, piece] : llvm::enumerate(pieces)) {
          Value all = vector::BroadcastOp::create(b, b.vector(i32, piece.lanes), four);
          Value &sum = carried[r * pieces.size() + i];
          sum = b.add(sum, multiplyBytes(b, b.bitcast(bytes(piece.lanes), all), columns[i]));
        }
      }
    }
    scf::YieldOp::create(b, carried);
    return SmallVector<Value>(loop.getResults());
  }

  void addBlock(Value sum, Value scale, Value block, Value column, Piece piece, Value acc, bool first) {
    VectorType floats = b.vector(b.getF32Type(), piece.lanes);
    Value whole = multiplyPairs(b, sum, b.constant(pairs(piece.lanes), 1));
    Value factor = arith::MulFOp::create(b, b.load(floats, place(p.scales, block, column, piece)),
                                         vector::BroadcastOp::create(b, floats, scale));
    Value to = b.address(acc, i32, column, 4 * piece.at);
    Value before =
        first ? arith::ConstantOp::create(b, b.getZeroAttr(floats)).getResult() : b.load(floats, to);
    b.store(math::FmaOp::create(b, arith::SIToFPOp::create(b, floats, whole), factor, before), to);
  }

  DigitBuilder &b;
  const CodesProduct &p;
  int64_t lanes; // of f32
  Type i32;
  Value begins;  // [blocks, outputs] of two 16-bit numbers
  Value numbers; // [rows of the first tile, blocks, kInputs]
};

struct ConvertDotCodes final : OpConversionPattern<tile::DotCodesOp> {
  ConvertDotCodes(const TypeConverter &converter, MLIRContext *context, const HostShape &shape)
      : OpConversionPattern(converter, context), shape(shape) {}

  LogicalResult matchAndRewrite(tile::DotCodesOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    MemRefType x = op.getX().getType(), scales = op.getScales().getType();
    Value from = elementAddress(rewriter, op.getLoc(), x, adaptor.getX(), llvm::to_vector(adaptor.getFrom()));
    int64_t blocks = scales.getDimSize(0), outputs = scales.getDimSize(1), rowBytes = x.getShape().back(),
            scaleOffset = op.getScaleOffset();
    std::string name = llvm::formatv("dot_codes.{0}x{1}.{2}.{3}", blocks, outputs, rowBytes, scaleOffset);
    SmallVector<Value> arguments = {from, adaptor.getColumns(), adaptor.getScales(), adaptor.getAcc(),
                                    adaptor.getCount()};
    replaceByCall(op, name, arguments, rewriter, [&](ValueRange own) {
      DigitBuilder b(op.getLoc(), rewriter);
      CodesProduct product = {own[0], own[1], own[2], own[3], own[4], blocks, outputs, rowBytes, scaleOffset};
      CodesEmitter(b, product, shape).emit();
    });
    return success();
  }

  HostShape shape;
};

} // namespace

void populateDotCodesPatterns(const TypeConverter &converter, RewritePatternSet &patterns,
                              const HostShape &shape) {
  patterns.add<ConvertDotCodes>(converter, patterns.getContext(), shape);
}

} // namespace mlir::v4

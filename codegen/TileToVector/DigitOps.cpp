// tile.split_digits and tile.dot_digits: exact products in bytes.
//
// A block's numbers times a power of two are integers below 2^18, kept in digits of a byte. Twice an e2m1
// number is an integer too; plus 12 it has no sign, and a lookup of bytes decodes 32 of them. What multiplies
// unsigned by signed bytes then adds up a digit's products of half a block in 16 bits, and multiply-adds join
// the digits. That 12 was added is taken back once for all outputs.
//
// Most blocks have no number so small that it has one of the lowest three bits: shifted by those, two digits
// are enough, else there are three.
#include "codegen/TileToVector/TilePatterns.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/Support/FormatVariadic.h"

namespace mlir::v4 {
namespace {

constexpr int64_t kDigits = 3, kDigitBits = 8, kNumberBits = 18;
constexpr int64_t kNarrowDigits = 2, kSpareBits = 3; // of blocks without a number in the lowest bits
constexpr int64_t kWordsOf16Bits = 2;                // whose products 16 bits can hold
constexpr int64_t kOffset = 12;                      // of the doubled weights
constexpr int64_t kInputs = 32;                      // of a block
constexpr int64_t kWord = 8;                         // inputs in a word

// A block of a row, in place of its numbers: the digits, the greatest first, and what all outputs share.
constexpr int64_t kDigitStride = 32, kBias = 96, kFactor = 100, kWide = 104;

struct Emitter : ImplicitLocOpBuilder {
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;

  Value index(int64_t value) { return arith::ConstantIndexOp::create(*this, value); }
  Value constant(Type type, int64_t value) {
    Type element = getElementTypeOrSelf(type);
    TypedAttr one = getIntegerAttr(element, value);
    if (auto vector = mlir::dyn_cast<VectorType>(type))
      one = DenseElementsAttr::get(vector, one);
    return arith::ConstantOp::create(*this, one);
  }
  Value add(Value x, Value y) { return createOrFold<arith::AddIOp>(x, y); }
  Value plus(Value x, int64_t y) { return createOrFold<arith::AddIOp>(x, constant(x.getType(), y)); }
  Value mul(Value x, int64_t y) { return createOrFold<arith::MulIOp>(x, constant(x.getType(), y)); }
  Value masked(Value x, int64_t y) { return arith::AndIOp::create(*this, x, constant(x.getType(), y)); }
  Value left(Value x, int64_t y) { return arith::ShLIOp::create(*this, x, constant(x.getType(), y)); }
  Value right(Value x, int64_t y) { return arith::ShRUIOp::create(*this, x, constant(x.getType(), y)); }
  Value rightSigned(Value x, int64_t y) { return arith::ShRSIOp::create(*this, x, constant(x.getType(), y)); }
  Value bitcast(Type type, Value value) { return arith::BitcastOp::create(*this, type, value); }
  VectorType vector(Type element, int64_t lanes) { return VectorType::get({lanes}, element); }

  /// `base` + `element` elements + `bytes`.
  Value address(Value base, Type type, Value element, int64_t bytes = 0) {
    Value number = arith::IndexCastOp::create(*this, getI64Type(), element);
    Value at = LLVM::GEPOp::create(*this, base.getType(), type, base, ValueRange{number},
                                   LLVM::GEPNoWrapFlags::inbounds);
    return bytes == 0 ? at : offset(at, bytes);
  }
  Value offset(Value base, int64_t bytes) {
    return LLVM::GEPOp::create(*this, base.getType(), getI8Type(), base,
                               ArrayRef<LLVM::GEPArg>{int32_t(bytes)}, LLVM::GEPNoWrapFlags::inbounds);
  }
  Value load(Type type, Value address, unsigned align = 4) {
    return LLVM::LoadOp::create(*this, type, address, align);
  }
  void store(Value value, Value address, unsigned align = 4) {
    LLVM::StoreOp::create(*this, value, address, align);
  }
  Value intrinsic(Type result, StringRef name, ValueRange arguments) {
    return LLVM::CallIntrinsicOp::create(*this, result, getStringAttr(name), arguments).getResult(0);
  }
  void forEach(Value begin, Value end, int64_t step, function_ref<void(Value)> body) {
    auto loop = scf::ForOp::create(*this, begin, end, index(step));
    OpBuilder::InsertionGuard guard(*this);
    setInsertionPoint(loop.getBody()->getTerminator());
    body(loop.getInductionVar());
  }
};

/// In the order of the words' nibbles, the even ones of all bytes first.
Value nibbleOrder(Emitter &b, Value bytes) {
  SmallVector<int64_t> order;
  for (int64_t word = 0; word < cast<VectorType>(bytes.getType()).getNumElements(); word += kWord)
    for (int64_t first : {0, 1})
      for (int64_t i = first; i < kWord; i += 2)
        order.push_back(word + i);
  return vector::ShuffleOp::create(b, bytes, bytes, order);
}

void emitSplit(Emitter &b, Value numbers, Value to) {
  constexpr int64_t kExponent = 255, kMantissa = 23, kBase = 127;
  auto type = cast<VectorType>(numbers.getType());
  VectorType integers = type.clone(b.getI32Type());
  Type i32 = b.getI32Type(), f32 = b.getF32Type();
  Value magnitudes = b.masked(b.bitcast(integers, numbers), 0x7fffffff);
  Value top = vector::ReductionOp::create(b, vector::CombiningKind::MAXUI, magnitudes);
  // Quantised numbers are far from the ends of the range; a block of zeros has no exponent of its own.
  Value exponent = arith::MaxUIOp::create(b, b.right(top, kMantissa), b.constant(i32, kBase - 40));
  Value finite = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, exponent, b.constant(i32, kExponent));
  auto power = [&](Value exponent) { return b.bitcast(f32, b.left(exponent, kMantissa)); };
  Value up = power(arith::SubIOp::create(b, b.constant(i32, 2 * kBase + kNumberBits - 1), exponent));
  Value none = arith::ConstantOp::create(b, b.getFloatAttr(f32, APFloat::getNaN(APFloat::IEEEsingle())));
  Value scaled = arith::MulFOp::create(b, numbers, vector::BroadcastOp::create(b, type, up));
  Value zeros = arith::ConstantOp::create(b, b.getZeroAttr(type));
  scaled = arith::SelectOp::create(b, vector::BroadcastOp::create(b, type.clone(b.getI1Type()), finite),
                                   scaled, zeros);
  Value rest = arith::FPToSIOp::create(b, integers, scaled);
  Value bits = vector::ReductionOp::create(b, vector::CombiningKind::OR, rest);
  Value zero = b.constant(i32, 0);
  Value wide =
      arith::CmpIOp::create(b, arith::CmpIPredicate::ne, b.masked(bits, (1 << kSpareBits) - 1), zero);
  Value spare = arith::SelectOp::create(b, wide, zero, b.constant(i32, kSpareBits));
  rest = arith::ShRSIOp::create(b, rest, vector::BroadcastOp::create(b, integers, spare));
  // Halved, for the weights are doubled.
  Value down = power(arith::AddIOp::create(b, b.plus(exponent, -kNumberBits), spare));

  Value sum = vector::ReductionOp::create(b, vector::CombiningKind::ADD, rest);
  b.store(b.mul(sum, -kOffset), b.offset(to, kBias));
  b.store(arith::SelectOp::create(b, finite, down, none), b.offset(to, kFactor));
  b.store(arith::ExtUIOp::create(b, i32, wide), b.offset(to, kWide));
  constexpr int64_t kHalf = 1 << (kDigitBits - 1);
  for (int64_t digit = kDigits - 1; digit >= 0; --digit) {
    Value own = rest;
    if (digit > 0) {
      own = b.plus(b.masked(b.plus(rest, kHalf), 2 * kHalf - 1), -kHalf);
      rest = b.rightSigned(arith::SubIOp::create(b, rest, own), kDigitBits);
    }
    Value bytes = arith::TruncIOp::create(b, integers.clone(b.getI8Type()), own);
    b.store(nibbleOrder(b, bytes), b.offset(to, digit * kDigitStride), 1);
  }
}

/// The function of all ops with the same memory shapes: (x, words, acc, count, scales).
class DotEmitter {
public:
  DotEmitter(tile::DotDigitsOp op, const HostShape &shape, OpBuilder &builder)
      : b(op.getLoc(), builder), lanes(shape.lanes()), vectors512(shape.vectors512()),
        rows(op.getAcc().getType().getDimSize(0)), outputs(op.getAcc().getType().getDimSize(1)),
        rowBytes(4 * op.getX().getType().getShape().back()),
        wordStride(op.getWords().getType().getShape().back()) {}

  static std::string name(tile::DotDigitsOp op) {
    MemRefType acc = op.getAcc().getType();
    return llvm::formatv("dot_digits.{0}x{1}x{2}.{3}", acc.getDimSize(0),
                         op.getX().getType().getShape().back(), acc.getDimSize(1),
                         op.getWords().getType().getShape().back());
  }

  void emit(ValueRange arguments) {
    x = arguments[0], words = arguments[1], acc = arguments[2], scales = arguments[4];
    // Blocks of a panel follow each other in memory.
    prefetchAhead(b, b.getLoc(), words, kInputs / kWord * wordStride * 4);
    Value count = arguments[3];
    if (rows == 1)
      return emitAlone(b.index(0));
    // Two rows share the decoded weights if both are narrow.
    b.forEach(b.index(0), count, 2, [&](Value first) {
      Value left = arith::SubIOp::create(b, count, first), second = b.plus(first, 1);
      Value two = arith::CmpIOp::create(b, arith::CmpIPredicate::ugt, left, b.index(1));
      second = arith::SelectOp::create(b, two, second, first);
      Value wide = arith::OrIOp::create(b, isWide(first), isWide(second));
      Value together = arith::AndIOp::create(
          b, two, arith::CmpIOp::create(b, arith::CmpIPredicate::eq, wide, b.constant(b.getI32Type(), 0)));
      either(
          together, [&] { emitRows({first, second}, kNarrowDigits, vectors512 ? 4 : 2); },
          [&] {
            Value end = b.add(first, arith::MinUIOp::create(b, left, b.index(2)));
            b.forEach(first, end, 1, [&](Value row) { emitAlone(row); });
          });
    });
  }

private:
  struct Row {
    Value record, first; // the row's digits, its first element of `acc`
  };
  struct Piece {
    int64_t at, lanes;
    SmallVector<SmallVector<Value, kDigits>, 2> sums = {}; // of each row, of each digit, in 16 bits
    SmallVector<Value, 2> totals = {};                     // of each row, in 32
  };

  Value recordOf(Value row) { return b.address(x, b.getI8Type(), b.mul(row, rowBytes)); }
  Value isWide(Value row) { return b.load(b.getI32Type(), b.offset(recordOf(row), kWide)); }

  void either(Value condition, function_ref<void()> yes, function_ref<void()> no) {
    auto branch = scf::IfOp::create(b, condition, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(branch.thenBlock()->getTerminator());
    yes();
    b.setInsertionPoint(branch.elseBlock()->getTerminator());
    no();
  }

  void emitAlone(Value row) {
    Value narrow =
        arith::CmpIOp::create(b, arith::CmpIPredicate::eq, isWide(row), b.constant(b.getI32Type(), 0));
    either(
        narrow, [&] { emitRows({row}, kNarrowDigits, 4); },
        [&] { emitRows({row}, kDigits, vectors512 ? 4 : 2); });
  }

  /// `vectors` of outputs share what they load of the rows.
  void emitRows(ArrayRef<Value> numbers, int64_t digitCount, int64_t vectors) {
    SmallVector<Row> rows;
    for (Value number : numbers)
      rows.push_back({recordOf(number), b.mul(number, outputs)});
    int64_t width = vectors * lanes, full = outputs / width * width;
    if (full > 0)
      b.forEach(b.index(0), b.index(full), width,
                [&](Value column) { emitColumns(rows, digitCount, column, width); });
    if (full < outputs)
      emitColumns(rows, digitCount, b.index(full), outputs - full);
  }

  Value table(int64_t bytes) {
    static const int8_t kDoubled[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
    SmallVector<int8_t> values;
    for (int64_t i = 0; i < bytes; ++i)
      values.push_back(int8_t(kDoubled[i % 16] + kOffset));
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(b.vector(b.getI8Type(), bytes), ArrayRef<int8_t>(values)));
  }

  /// What AVX2 or AVX-512 calls it.
  static StringRef named(const Piece &piece, StringRef avx2, StringRef avx512) {
    return piece.lanes == 16 ? avx512 : avx2;
  }

  /// `inputs`: of each row, of each digit.
  void addProducts(Piece &piece, Value column, int64_t word, int64_t odd,
                   ArrayRef<SmallVector<Value>> inputs) {
    VectorType words32 = b.vector(b.getI32Type(), piece.lanes),
               pairs = b.vector(b.getI16Type(), 2 * piece.lanes),
               bytes = b.vector(b.getI8Type(), 4 * piece.lanes);
    Value codes = b.bitcast(
        pairs, b.load(words32, b.address(words, b.getI32Type(), column, 4 * (word * wordStride + piece.at))));
    Value nibbles = b.masked(b.bitcast(bytes, odd ? b.right(codes, 4) : codes), 15);
    Value weights = b.intrinsic(bytes, named(piece, "llvm.x86.avx2.pshuf.b", "llvm.x86.avx512.pshuf.b.512"),
                                {table(4 * piece.lanes), nibbles});
    for (auto [sums, own] : llvm::zip_equal(piece.sums, inputs))
      for (auto [sum, four] : llvm::zip_equal(sums, own)) {
        Value products =
            b.intrinsic(pairs, named(piece, "llvm.x86.avx2.pmadd.ub.sw", "llvm.x86.avx512.pmaddubs.w.512"),
                        {weights, b.bitcast(bytes, vector::BroadcastOp::create(b, words32, four))});
        sum = sum ? b.add(sum, products) : products;
      }
  }

  /// Adds the sums of 16 bits to the totals.
  void join(Piece &piece) {
    VectorType integers = b.vector(b.getI32Type(), piece.lanes),
               pairs = b.vector(b.getI16Type(), 2 * piece.lanes);
    for (auto [sums, total] : llvm::zip_equal(piece.sums, piece.totals)) {
      for (auto [digit, products] : llvm::enumerate(llvm::reverse(sums))) {
        int64_t shift = kDigitBits * digit, inProduct = std::min(shift, kDigitBits);
        Value joined =
            b.intrinsic(integers, named(piece, "llvm.x86.avx2.pmadd.wd", "llvm.x86.avx512.pmaddw.d.512"),
                        {products, b.constant(pairs, int64_t(1) << inProduct)});
        if (shift > inProduct)
          joined = b.left(joined, shift - inProduct);
        total = total ? b.add(total, joined) : joined;
      }
      sums.assign(sums.size(), Value());
    }
  }

  void finish(const Row &row, const Piece &piece, Value total, Value column) {
    VectorType integers = b.vector(b.getI32Type(), piece.lanes),
               floats = b.vector(b.getF32Type(), piece.lanes);
    Value bias =
        vector::BroadcastOp::create(b, integers, b.load(b.getI32Type(), b.offset(row.record, kBias)));
    Value sum = arith::SIToFPOp::create(b, floats, b.add(total, bias));
    Value factor =
        vector::BroadcastOp::create(b, floats, b.load(b.getF32Type(), b.offset(row.record, kFactor)));
    Value scale = b.load(floats, b.address(scales, b.getF32Type(), column, 4 * piece.at));
    Value to = b.address(acc, b.getF32Type(), b.add(row.first, column), 4 * piece.at);
    b.store(math::FmaOp::create(b, sum, arith::MulFOp::create(b, scale, factor), b.load(floats, to)), to);
  }

  void emitColumns(ArrayRef<Row> rows, int64_t digitCount, Value column, int64_t width) {
    SmallVector<Piece> pieces;
    for (int64_t at = 0; at < width; at += pieces.back().lanes) {
      pieces.push_back({at, width - at < lanes ? 8 : lanes});
      pieces.back().sums.assign(rows.size(), SmallVector<Value, kDigits>(digitCount));
      pieces.back().totals.assign(rows.size(), Value());
    }
    for (int64_t word = 0; word < kInputs / kWord; ++word) {
      for (int64_t odd : {0, 1}) {
        SmallVector<SmallVector<Value>> inputs;
        for (const Row &row : rows) {
          SmallVector<Value> &own = inputs.emplace_back();
          for (int64_t digit = kDigits - digitCount; digit < kDigits; ++digit)
            own.push_back(b.load(
                b.getI32Type(), b.offset(row.record, digit * kDigitStride + word * kWord + odd * kWord / 2)));
        }
        for (Piece &piece : pieces)
          addProducts(piece, column, word, odd, inputs);
      }
      if ((word + 1) % kWordsOf16Bits == 0)
        for (Piece &piece : pieces)
          join(piece);
    }
    for (const Piece &piece : pieces)
      for (auto [row, total] : llvm::zip_equal(rows, piece.totals))
        finish(row, piece, total, column);
  }

  Emitter b;
  int64_t lanes; // of f32
  bool vectors512;
  int64_t rows, outputs, rowBytes, wordStride;
  Value x, words, acc, scales;
};

struct ConvertSplitDigits final : OpConversionPattern<tile::SplitDigitsOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(tile::SplitDigitsOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Emitter b(op.getLoc(), rewriter);
    emitSplit(
        b, adaptor.getNumbers().front(),
        elementAddress(rewriter, op.getLoc(), op.getMemory().getType(), adaptor.getMemory().front(),
                       llvm::map_to_vector(adaptor.getOffsets(), [](ValueRange v) { return v.front(); })));
    rewriter.eraseOp(op);
    return success();
  }
};

struct ConvertDotDigits final : OpConversionPattern<tile::DotDigitsOp> {
  ConvertDotDigits(const TypeConverter &converter, MLIRContext *context, const HostShape &shape)
      : OpConversionPattern(converter, context), shape(shape) {}

  LogicalResult matchAndRewrite(tile::DotDigitsOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto at = [&](Value base, MemRefType memory, ValueRange offsets) {
      return elementAddress(rewriter, op.getLoc(), memory, base, llvm::to_vector(offsets));
    };
    SmallVector<Value> arguments = {at(adaptor.getX(), op.getX().getType(), adaptor.getFrom()),
                                    at(adaptor.getWords(), op.getWords().getType(), adaptor.getOffsets()),
                                    adaptor.getAcc(), adaptor.getCount(), adaptor.getScales()};
    replaceByCall(op, DotEmitter::name(op), arguments, rewriter,
                  [&](ValueRange own) { DotEmitter(op, shape, rewriter).emit(own); });
    return success();
  }

  HostShape shape;
};

} // namespace

void populateDigitPatterns(const TypeConverter &converter, RewritePatternSet &patterns,
                           const HostShape &shape) {
  patterns.add<ConvertSplitDigits>(converter, patterns.getContext());
  patterns.add<ConvertDotDigits>(converter, patterns.getContext(), shape);
}

} // namespace mlir::v4

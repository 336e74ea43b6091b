// tile.split_digits and tile.dot_digits: exact products in bytes.
//
// A block's numbers times a power of two are integers below 2^18, kept in three digits of -64 .. 63. Twice an
// e2m1 number is an integer too; plus 12 it has no sign, and a lookup of bytes decodes 32 of them. What
// multiplies unsigned by signed bytes then adds up a digit's products of a whole block in 16 bits, and three
// multiply-adds join the digits. That 12 was added is taken back once for all outputs.
#include "codegen/TileToVector/TilePatterns.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::v4 {
namespace {

constexpr int64_t kDigits = 3, kDigitBits = 7, kNumberBits = 18;
constexpr int64_t kOffset = 12; // of the doubled weights
constexpr int64_t kWord = 8;    // inputs in a word

// A block of a row: the digits, the greatest first, and what all outputs share.
constexpr int64_t kDigitStride = 32, kBias = 96, kFactor = 100, kBlockBytes = 128;

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

Value blockAddress(Emitter &b, Value digits, MemRefType type, Value block, Value row) {
  Value number = b.add(b.mul(block, type.getDimSize(1)), row);
  return b.address(digits, b.getI8Type(), b.mul(number, kBlockBytes));
}

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
  Value finite =
      arith::CmpIOp::create(b, arith::CmpIPredicate::ne, exponent, b.constant(i32, kExponent));
  auto power = [&](Value exponent) { return b.bitcast(f32, b.left(exponent, kMantissa)); };
  Value up = power(arith::SubIOp::create(b, b.constant(i32, 2 * kBase + kNumberBits - 1), exponent));
  // Halved, for the weights are doubled.
  Value down = power(b.plus(exponent, -kNumberBits));
  Value none = arith::ConstantOp::create(b, b.getFloatAttr(f32, APFloat::getNaN(APFloat::IEEEsingle())));
  Value scaled = arith::MulFOp::create(b, numbers, vector::BroadcastOp::create(b, type, up));
  Value zeros = arith::ConstantOp::create(b, b.getZeroAttr(type));
  scaled = arith::SelectOp::create(b, vector::BroadcastOp::create(b, type.clone(b.getI1Type()), finite), scaled, zeros);
  Value rest = arith::FPToSIOp::create(b, integers, scaled);

  Value sum = vector::ReductionOp::create(b, vector::CombiningKind::ADD, rest);
  b.store(b.mul(sum, -kOffset), b.offset(to, kBias));
  b.store(arith::SelectOp::create(b, finite, down, none), b.offset(to, kFactor));
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

/// The function of all ops with the same memory shapes: (digits, words, acc, count, scales).
class DotEmitter {
public:
  DotEmitter(tile::DotDigitsOp op, const HostShape &shape, OpBuilder &builder)
      : b(op.getLoc(), builder), lanes(shape.lanes()), vectors(shape.vectors512() ? 4 : 2),
        inputs(op.getInputs()), outputs(op.getAcc().getType().getDimSize(1)),
        wordStride(op.getWords().getType().getShape().back()) {}

  static std::string name(tile::DotDigitsOp op) {
    return llvm::formatv("dot_digits.{0}x{1}.{2}", op.getInputs(), op.getAcc().getType().getDimSize(1),
                         op.getWords().getType().getShape().back());
  }

  void emit(ValueRange arguments) {
    digits = arguments[0], words = arguments[1], acc = arguments[2], scales = arguments[4];
    prefetch();
    b.forEach(b.index(0), arguments[3], 1, [&](Value row) {
      record = b.address(digits, b.getI8Type(), b.mul(row, kBlockBytes));
      Value first = b.mul(row, outputs);
      int64_t width = vectors * lanes, full = outputs / width * width;
      if (full > 0)
        b.forEach(b.index(0), b.index(full), width,
                  [&](Value column) { emitColumns(first, column, width); });
      if (full < outputs)
        emitColumns(first, b.index(full), outputs - full);
    });
  }

private:
  /// Blocks of a panel follow each other in memory: the lines of one that comes soon.
  void prefetch() {
    constexpr int64_t kAhead = 2048, kLine = 64;
    for (int64_t at = 0, bytes = inputs / kWord * wordStride * 4; at < bytes; at += kLine) {
      Value line = LLVM::GEPOp::create(b, words.getType(), b.getI8Type(), words,
                                       ArrayRef<LLVM::GEPArg>{int32_t(kAhead + at)});
      LLVM::Prefetch::create(b, line, /*rw=*/0, /*hint=*/3, /*cache=*/1);
    }
  }

  struct Piece {
    int64_t at, lanes;
    Value sums[kDigits] = {};
  };

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

  void addProducts(Piece &piece, Value column, int64_t word, int64_t odd, ArrayRef<Value> x) {
    VectorType bytes = b.vector(b.getI8Type(), 4 * piece.lanes), pairs = b.vector(b.getI16Type(), 2 * piece.lanes);
    Value codes = b.load(b.vector(b.getI32Type(), piece.lanes),
                         b.address(words, b.getI32Type(), column, 4 * (word * wordStride + piece.at)));
    codes = b.bitcast(pairs, codes);
    Value nibbles = b.masked(b.bitcast(bytes, odd ? b.right(codes, 4) : codes), 15);
    Value weights = b.intrinsic(bytes, named(piece, "llvm.x86.avx2.pshuf.b", "llvm.x86.avx512.pshuf.b.512"),
                                {table(4 * piece.lanes), nibbles});
    for (int64_t digit = 0; digit < kDigits; ++digit) {
      Value products =
          b.intrinsic(pairs, named(piece, "llvm.x86.avx2.pmadd.ub.sw", "llvm.x86.avx512.pmaddubs.w.512"),
                      {weights, b.bitcast(bytes, vector::BroadcastOp::create(
                                                     b, b.vector(b.getI32Type(), piece.lanes), x[digit]))});
      Value &sum = piece.sums[digit];
      sum = sum ? b.add(sum, products) : products;
    }
  }

  /// acc[first + column + ..]
  void finish(const Piece &piece, Value first, Value column) {
    VectorType integers = b.vector(b.getI32Type(), piece.lanes), floats = b.vector(b.getF32Type(), piece.lanes),
               pairs = b.vector(b.getI16Type(), 2 * piece.lanes);
    Value sum = vector::BroadcastOp::create(b, integers, b.load(b.getI32Type(), b.offset(record, kBias)));
    for (int64_t digit = 0; digit < kDigits; ++digit) {
      Value weight = b.constant(pairs, int64_t(1) << (kDigitBits * (kDigits - 1 - digit)));
      sum = b.add(sum, b.intrinsic(integers,
                                   named(piece, "llvm.x86.avx2.pmadd.wd", "llvm.x86.avx512.pmaddw.d.512"),
                                   {piece.sums[digit], weight}));
    }
    Value factor = vector::BroadcastOp::create(b, floats, b.load(b.getF32Type(), b.offset(record, kFactor)));
    Value scale = b.load(floats, b.address(scales, b.getF32Type(), column, 4 * piece.at));
    Value to = b.address(acc, b.getF32Type(), b.add(first, column), 4 * piece.at);
    Value result = math::FmaOp::create(b, arith::SIToFPOp::create(b, floats, sum),
                                       arith::MulFOp::create(b, scale, factor), b.load(floats, to));
    b.store(result, to);
  }

  void emitColumns(Value first, Value column, int64_t width) {
    SmallVector<Piece> pieces;
    for (int64_t at = 0; at < width; at += pieces.back().lanes)
      pieces.push_back({at, width - at < lanes ? 8 : lanes});
    for (int64_t word = 0; word < inputs / kWord; ++word)
      for (int64_t odd : {0, 1}) {
        SmallVector<Value> x;
        for (int64_t digit = 0; digit < kDigits; ++digit)
          x.push_back(
              b.load(b.getI32Type(), b.offset(record, digit * kDigitStride + word * kWord + odd * kWord / 2)));
        for (Piece &piece : pieces)
          addProducts(piece, column, word, odd, x);
      }
    for (const Piece &piece : pieces)
      finish(piece, first, column);
  }

  Emitter b;
  int64_t lanes, vectors; // of f32; that share a load of digits
  int64_t inputs, outputs, wordStride;
  Value digits, words, acc, scales, record;
};

struct ConvertSplitDigits final : OpConversionPattern<tile::SplitDigitsOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(tile::SplitDigitsOp op, OneToNOpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Emitter b(op.getLoc(), rewriter);
    emitSplit(b, adaptor.getNumbers().front(),
              blockAddress(b, adaptor.getDigits().front(), op.getDigits().getType(),
                           adaptor.getBlock().front(), adaptor.getRow().front()));
    rewriter.eraseOp(op);
    return success();
  }
};

struct ConvertDotDigits final : OpConversionPattern<tile::DotDigitsOp> {
  ConvertDotDigits(const TypeConverter &converter, MLIRContext *context, const HostShape &shape)
      : OpConversionPattern(converter, context), shape(shape) {}

  LogicalResult matchAndRewrite(tile::DotDigitsOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (op.getAcc().getType().getDimSize(1) % 8 != 0)
      return rewriter.notifyMatchFailure(op, "outputs that are no multiple of 8");
    Emitter b(op.getLoc(), rewriter);
    SmallVector<Value> arguments = {
        blockAddress(b, adaptor.getDigits(), op.getDigits().getType(), adaptor.getBlock(), b.index(0)),
        elementAddress(rewriter, op.getLoc(), op.getWords().getType(), adaptor.getWords(),
                       llvm::to_vector(adaptor.getOffsets())),
        adaptor.getAcc(), adaptor.getCount(), adaptor.getScales()};
    func::FuncOp function =
        sharedFunction(op, DotEmitter::name(op), ValueRange(arguments).getTypes(), rewriter,
                       [&](ValueRange own) { DotEmitter(op, shape, rewriter).emit(own); });
    func::CallOp::create(rewriter, op.getLoc(), function, arguments);
    rewriter.eraseOp(op);
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

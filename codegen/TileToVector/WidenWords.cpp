// Decoding of numbers that lie together in words: e2m1 and e4m3 by tables of bytes, bf16 by moving bits.
#include "codegen/TileToVector/ByteOps.h"
#include "codegen/TileToVector/Widen.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::v4 {
namespace {

struct WordBuilder : ImplicitLocOpBuilder {
  explicit WordBuilder(const ImplicitLocOpBuilder &builder) : ImplicitLocOpBuilder(builder) {}

  Value constant(VectorType type, int64_t value) {
    return arith::ConstantOp::create(
        *this, DenseElementsAttr::get(type, getIntegerAttr(type.getElementType(), value)));
  }
  Value andBits(Value value, int64_t mask) {
    return arith::AndIOp::create(*this, value, constant(mlir::cast<VectorType>(value.getType()), mask));
  }
  Value left(Value value, int64_t bits) {
    return arith::ShLIOp::create(*this, value, constant(mlir::cast<VectorType>(value.getType()), bits));
  }
  Value rightSigned(Value value, int64_t bits) {
    return arith::ShRSIOp::create(*this, value, constant(mlir::cast<VectorType>(value.getType()), bits));
  }
  Value right(Value value, int64_t bits) {
    return arith::ShRUIOp::create(*this, value, constant(mlir::cast<VectorType>(value.getType()), bits));
  }
  Value bitcast(Type element, int64_t lanes, Value value) {
    return arith::BitcastOp::create(*this, VectorType::get({lanes}, element), value);
  }
  Value f32Bits(Value words) {
    return arith::BitcastOp::create(*this, mlir::cast<VectorType>(words.getType()).clone(getF32Type()),
                                    words);
  }
  Value intrinsic(Type result, StringRef name, ValueRange arguments) {
    return LLVM::CallIntrinsicOp::create(*this, result, getStringAttr(name), arguments).getResult(0);
  }

  /// Of 16 bits each: `sizes` with the highest bits of `signs`, as words.
  Value withSigns(Value sizes, Value signs) {
    Value joined = arith::OrIOp::create(*this, sizes, andBits(signs, int16_t(0x8000)));
    return bitcast(getI32Type(), mlir::cast<VectorType>(sizes.getType()).getNumElements() / 2, joined);
  }
};

} // namespace

static Value widenLow(WordBuilder &b, Value pairs) { return b.f32Bits(b.left(pairs, 16)); }
static Value widenHigh(WordBuilder &b, Value pairs) {
  return b.f32Bits(b.andBits(pairs, int32_t(0xffff0000)));
}

// A code's bits go where an f32 has the end of its exponent and its mantissa: off by the difference of the
// biases only, but subnormal where the code is. Doubling takes subnormal numbers at full speed.
static SmallVector<Value> widenE4M3ByDoubling(WordBuilder &b, Value words) {
  constexpr int kDoublings = 4; // from 2^-120 to 2^-116
  SmallVector<Value> numbers;
  for (int64_t bits : {24, 16, 8, 0}) {
    Value highest = bits == 0 ? words : b.left(words, bits);
    Value number = b.f32Bits(b.andBits(b.rightSigned(highest, 4), int32_t(0x87f00000)));
    for (int i = 0; i < kDoublings; ++i)
      number = arith::AddFOp::create(b, number, number);
    numbers.push_back(number);
  }
  return numbers;
}

// With five bits of exponent none is subnormal: exponent and mantissa then fill a byte, which is more than
// the code without its sign by 32, and by less for the first ones. Multiplying bytes by 16 takes every other
// one to where bf16 has the end of its exponent and its mantissa: the even ones of all words, then the odd
// ones.
static SmallVector<Value> pairsOfE4M3(WordBuilder &b, Value words) {
  // Exponents: 2 of 2^-9, and 5 of 2^-6, which is code 8.
  static const int8_t kMore[16] = {0, 15, 22, 25, 28, 29, 30, 31, 32, 32, 32, 32, 32, 32, 32, 32};
  int64_t lanes = cast<VectorType>(words.getType()).getNumElements();
  VectorType bytes = VectorType::get({4 * lanes}, b.getI8Type());
  Value size = b.andBits(arith::BitcastOp::create(b, bytes, words), 0x7f);
  Value more = lookUpBytes(b, kMore, arith::MinUIOp::create(b, size, b.constant(bytes, 8)));
  Value numbers = arith::AddIOp::create(b, size, more);
  Value signs = b.bitcast(b.getI16Type(), 2 * lanes, words);
  auto everyOther = [&](ArrayRef<int8_t> factors) {
    return multiplyBytes(b, numbers, repeatBytes(b, bytes, factors));
  };
  return {b.withSigns(everyOther({16, 0}), b.left(signs, 8)), b.withSigns(everyOther({0, 16}), signs)};
}

std::pair<Value, Value> widenToPairs(ImplicitLocOpBuilder &builder, Value words) {
  WordBuilder b(builder);
  SmallVector<Value> pairs = pairsOfE4M3(b, words);
  auto join = [&](Value upper, Value lower) { return arith::OrIOp::create(b, upper, lower); };
  return {join(b.left(pairs[0], 16), b.andBits(pairs[1], 0xffff)),
          join(b.andBits(pairs[0], int32_t(0xffff0000)), b.right(pairs[1], 16))};
}

static SmallVector<Value> widenEachE2M1(WordBuilder &b, Value words) {
  auto type = cast<VectorType>(words.getType());
  SmallVector<Value> numbers;
  for (int64_t i = 0; i < 8; i += 2) {
    Value byte = arith::TruncIOp::create(b, type.clone(b.getI8Type()), b.right(words, 4 * i));
    auto [low, high] = widenNibbles(b, byte);
    numbers.append({low, high});
  }
  return numbers;
}

// 16 lanes: a permutation of AVX-512 looks at the lowest four bits of an index, so a shift is all it needs.
static SmallVector<Value> widenE2M1ByPermutation(WordBuilder &b, Value words) {
  static const float values[16] = {0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6};
  VectorType f32 = VectorType::get({16}, b.getF32Type());
  Value table = arith::ConstantOp::create(b, DenseElementsAttr::get(f32, ArrayRef<float>(values)));
  SmallVector<Value> numbers;
  for (int64_t i = 0; i < 8; ++i)
    numbers.push_back(
        b.intrinsic(f32, "llvm.x86.avx512.permvar.sf.512", {table, i == 0 ? words : b.right(words, 4 * i)}));
  return numbers;
}

// 8 lanes: both bytes of a nibble's bf16 come from tables of bytes and are put together. Interleaving of AVX2
// takes half of the bytes in each 16: first those of an output's lower two bytes are brought together.
static SmallVector<Value> widenE2M1ByBytes(WordBuilder &b, Value words) {
  static const int8_t highs[16] = {0,     0x3f,  0x3f,  0x3f,  0x40,  0x40,  0x40,  0x40,
                                   -0x80, -0x41, -0x41, -0x41, -0x40, -0x40, -0x40, -0x40};
  static const int8_t lows[16] = {0, 0, -0x80, -0x40, 0, 0x40, -0x80, -0x40,
                                  0, 0, -0x80, -0x40, 0, 0x40, -0x80, -0x40};
  constexpr int64_t kHalf = 16, kBytes = 32;
  VectorType bytes = VectorType::get({kBytes}, b.getI8Type());
  SmallVector<int64_t> gathered, lower, upper;
  for (int64_t half = 0; half < kBytes; half += kHalf) {
    for (int64_t pair : {0, 2})
      for (int64_t output = 0; output < 4; ++output)
        gathered.append({half + 4 * output + pair, half + 4 * output + pair + 1});
    for (int64_t i = half; i < half + kHalf / 2; ++i) {
      lower.append({i, kBytes + i});
      upper.append({i + kHalf / 2, kBytes + i + kHalf / 2});
    }
  }
  Value together = arith::BitcastOp::create(b, bytes, words);
  together = vector::ShuffleOp::create(b, together, together, gathered);
  Value pairs = b.bitcast(b.getI16Type(), kBytes / 2, together);
  Value nibbles[2] = {b.andBits(together, 15),
                      b.andBits(arith::BitcastOp::create(b, bytes, b.right(pairs, 4)), 15)};
  SmallVector<Value> numbers(8);
  for (int64_t odd : {0, 1}) {
    Value high = lookUpBytes(b, highs, nibbles[odd]);
    Value low = lookUpBytes(b, lows, nibbles[odd]);
    for (int64_t byte : {0, 2}) {
      Value joined = vector::ShuffleOp::create(b, low, high, byte == 0 ? lower : upper);
      Value pairs = b.bitcast(b.getI32Type(), kBytes / 4, joined);
      numbers[2 * byte + odd] = widenLow(b, pairs);
      numbers[2 * byte + 2 + odd] = widenHigh(b, pairs);
    }
  }
  return numbers;
}

SmallVector<Value> beginWidening(ImplicitLocOpBuilder &builder, Value words, tile::Format format,
                                 unsigned vectorBits) {
  WordBuilder b(builder);
  if (format == tile::Format::bf16)
    return {words};
  int64_t lanes = cast<VectorType>(words.getType()).getNumElements();
  bool fills512 = lanes == 16 && vectorBits == 512;
  if (format == tile::Format::e4m3)
    return fills512 || lanes == 8 ? pairsOfE4M3(b, words) : widenE4M3ByDoubling(b, words);
  if (fills512)
    return widenE2M1ByPermutation(b, words);
  if (lanes == 8)
    return widenE2M1ByBytes(b, words);
  return widenEachE2M1(b, words);
}

Value widenNumber(ImplicitLocOpBuilder &builder, ArrayRef<Value> begun, int64_t n, int64_t numbers) {
  WordBuilder b(builder);
  int64_t vectors = begun.size();
  if (vectors == numbers)
    return begun[n];
  Value pairs = begun[n % vectors];
  return n < vectors ? widenLow(b, pairs) : widenHigh(b, pairs);
}

SmallVector<Value> widenWords(ImplicitLocOpBuilder &builder, Value words, tile::Format format,
                              unsigned vectorBits) {
  SmallVector<Value> begun = beginWidening(builder, words, format, vectorBits), numbers;
  int64_t count = tile::numbersInElement(format, cast<VectorType>(words.getType()).getElementType());
  for (int64_t n = 0; n < count; ++n)
    numbers.push_back(widenNumber(builder, begun, n, count));
  return numbers;
}

} // namespace mlir::v4

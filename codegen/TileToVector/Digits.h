// Quantised numbers as exact integers: what tile.split_digits writes and tile.dot_digits multiplies.
//
// A block's numbers times a power of two are integers below 2^18, kept in digits of a byte. Most blocks have
// no number so small that it has one of the lowest three bits: shifted by those, two digits are enough, else
// there are three.
#pragma once

#include "codegen/TileToVector/ByteOps.h"
#include "codegen/TileToVector/Panels.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::v4::digits {

inline constexpr int64_t kDigits = 3, kDigitBits = 8, kNumberBits = 18;
inline constexpr int64_t kNarrowDigits = 2, kSpareBits = 3; // of blocks without a number in the lowest bits
inline constexpr int64_t kOffset = 12;                      // that products in bytes add to doubled weights
inline constexpr int64_t kInputs = tile::kDigitBlock;
inline constexpr int64_t kWord = 8; // inputs in a word

// A block of a row, in place of its numbers: the digits, the greatest first, and what all outputs share. The
// digits of a word stand in the order of its nibbles, the even ones of all bytes first.
inline constexpr int64_t kDigitStride = 32, kBias = 96, kFactor = 100, kWide = 104;

struct DigitBuilder : ImplicitLocOpBuilder {
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
  void either(Value condition, function_ref<void()> yes, function_ref<void()> no) {
    auto branch = scf::IfOp::create(*this, condition, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(*this);
    setInsertionPoint(branch.thenBlock()->getTerminator());
    yes();
    setInsertionPoint(branch.elseBlock()->getTerminator());
    no();
  }
};

/// Columns [at, at + lanes) of those that are taken together.
struct ColumnPiece {
  int64_t at, lanes;
};

/// The operands of a tile.dot_digits, where they begin.
struct DigitProduct {
  Value x, words, ahead, acc, count, scales; // `ahead`: the words to fetch meanwhile
  Value rows;                                // null: row after row
  int64_t outputs;
  int64_t rowBytes; // from a row of `x` to the next
  Panels panels;    // of `words`

  /// Where row `row` of `x` begins.
  Value record(DigitBuilder &b, Value row) const;
  /// The words in row `word` of the block of the piece's outputs, which lie in one panel.
  Value loadWords(DigitBuilder &b, int64_t word, Value column, ColumnPiece piece) const;
  /// Where those words are after `base`.
  Value wordAddress(DigitBuilder &b, Value base, int64_t word, Value column, ColumnPiece piece) const;
};

/// Runs `body` for the columns [0, outputs), `vectors` of `lanes` or what is left at a time.
void forPieces(DigitBuilder &b, int64_t outputs, int64_t vectors, int64_t lanes,
               function_ref<void(Value column, ArrayRef<ColumnPiece> pieces)> body);

/// Products of `count` rows (DotManyDigits.cpp).
void multiplyManyDigits(DigitBuilder &b, const DigitProduct &product, const HostShape &shape);

/// Twice the e2m1 numbers of the nibbles, bytes below 16, plus `offset`.
Value lookUpDoubled(DigitBuilder &b, Value nibbles, int64_t offset);

/// Adds `sum` times `factor`, the row's, and the scales at `scales` to what is at `to`.
void addScaled(DigitBuilder &b, Value sum, Value factor, Value scales, Value to);

} // namespace mlir::v4::digits

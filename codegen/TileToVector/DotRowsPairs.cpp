// tile.dot_rows_words of many rows with e4m3 words where processors have BF16 dots: the weights of a slice of
// the outputs are decoded to pairs of bf16 once, and an instruction adds two products of a row's pair.
//
// A dot adds the product of the upper halves and then that of the lower ones, each as a multiply-add would.
// But it takes subnormal numbers for zeros, and rows are f32. So the rows are looked at as they are put in
// pairs: where each of their numbers is one of bf16 and so large that no product and no sum can be subnormal,
// the bits are those of multiply-adds. Quantised rows are always like that.
#include "codegen/TileToVector/DotRows.h"
#include "codegen/TileToVector/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::v4 {
namespace {

/// Numbers of a row that are put in pairs together.
constexpr int64_t kTogether = 32;

/// Decoded weights are multiples of 2^-125, numbers of bf16 from 2^6 on of 2^-1, and sums of their products
/// of the smallest normal number of f32, 2^-126.
constexpr int64_t kLeastExponent = 127 + 6, kNotFinite = 0xff;

/// Bits of bf16 without the sign, twice: those of the least number with an exponent.
constexpr int64_t twiceBits(int64_t exponent) { return exponent << 8; }

class PairsOfRows : RowBuilder {
public:
  PairsOfRows(ImplicitLocOpBuilder &b, const RowsProduct &product, Value pairs)
      : RowBuilder(b), p(product), pairs(pairs) {}

  Value write() {
    // `bits`: of all numbers; twice the bits of their upper halves without the sign, the largest ones, and
    // the smallest ones less 1, which makes zeros large.
    VectorType words = VectorType::get({kTogether / 2}, b.getI32Type()), halves = halvesOf(kTogether);
    SmallVector<Value> seen = {constant(words, 0), constant(halves, 0), constant(halves, -1)};
    auto loop = scf::ForOp::create(b, index(0), p.count, index(1), seen);
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToEnd(loop.getBody());
      SmallVector<Value> carried(loop.getRegionIterArgs());
      for (int64_t k = 0; k < p.depth; k += kTogether)
        writePairs(loop.getInductionVar(), k, carried);
      scf::YieldOp::create(b, carried);
    }
    Value bits = reduce(vector::CombiningKind::OR, loop.getResult(0)),
          largest = reduce(vector::CombiningKind::MAXUI, loop.getResult(1)),
          smallest = reduce(vector::CombiningKind::MINUI, loop.getResult(2));
    Value lower = arith::AndIOp::create(b, bits, constant(b.getI32Type(), 0xffff));
    Value exact = compare(arith::CmpIPredicate::eq, lower, 0);
    Value finite = compare(arith::CmpIPredicate::ult, largest, twiceBits(kNotFinite));
    Value normal = compare(arith::CmpIPredicate::uge, smallest, twiceBits(kLeastExponent) - 1);
    return arith::AndIOp::create(b, exact, arith::AndIOp::create(b, finite, normal));
  }

private:
  VectorType halvesOf(int64_t numbers) const { return VectorType::get({numbers}, b.getI16Type()); }
  Value constant(Type type, int64_t value) const {
    auto vector = dyn_cast<VectorType>(type);
    if (!vector)
      return arith::ConstantOp::create(b, b.getIntegerAttr(type, value));
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(vector, b.getIntegerAttr(vector.getElementType(), value)));
  }
  Value reduce(vector::CombiningKind kind, Value vector) const {
    return vector::ReductionOp::create(b, kind, vector);
  }
  Value compare(arith::CmpIPredicate predicate, Value x, int64_t y) const {
    Value other = constant(x.getType(), int16_t(y));
    return arith::CmpIOp::create(b, predicate, x, other);
  }

  void writePairs(Value row, int64_t k, SmallVectorImpl<Value> &seen) const {
    Value from = address(p.x, b.getF32Type(), add(mul(row, p.rowStride), add(p.column, index(k))));
    VectorType words = VectorType::get({kTogether / 2}, b.getI32Type());
    Value loaded[2];
    for (int64_t half : {0, 1})
      loaded[half] = load(words, offset(from, b.getF32Type(), half * kTogether / 2));
    auto asHalves = [&](Value vector) {
      return arith::BitcastOp::create(b, halvesOf(kTogether), vector).getResult();
    };
    // Upper halves of f32; of a pair the second first, which is the lower half.
    SmallVector<int64_t> places;
    for (int64_t i = 0; i < kTogether; i += 2)
      places.append({2 * i + 3, 2 * i + 1});
    Value upper = vector::ShuffleOp::create(b, asHalves(loaded[0]), asHalves(loaded[1]), places);
    store(arith::BitcastOp::create(b, words, upper), pairs, add(mul(row, p.depth / 2), index(k / 2)));

    seen[0] = arith::OrIOp::create(b, seen[0], arith::OrIOp::create(b, loaded[0], loaded[1]));
    Value twice = arith::AddIOp::create(b, upper, upper);
    seen[1] = arith::MaxUIOp::create(b, seen[1], twice);
    Value less = arith::AddIOp::create(b, twice, constant(halvesOf(kTogether), -1));
    seen[2] = arith::MinUIOp::create(b, seen[2], less);
  }

  const RowsProduct &p;
  Value pairs;
};

/// `product`: in pairs.
class PairsEmitter : ChainBuilder {
public:
  PairsEmitter(ImplicitLocOpBuilder &builder, const RowsProduct &product, const HostShape &shape)
      : ChainBuilder(builder, product, shape), tiles(registerTiles(shape, product.outputs)) {}

  void emitSlice(Value first, int64_t width) {
    forRanges(p.count, tiles, [&](Value begin, Value end, RegisterTile tile) {
      forEach(begin, end, index(tile.rows),
              [&](Value row) { emitTile({row, tile.rows, end}, first, width); });
    });
  }

private:
  /// Pairs of an iteration.
  static constexpr int64_t kUnroll = 4;

  Value bf16(Value words) const {
    int64_t numbers = 2 * cast<VectorType>(words.getType()).getNumElements();
    return arith::BitcastOp::create(b, VectorType::get({numbers}, b.getBF16Type()), words);
  }

  void emitTile(RowGroup group, Value first, int64_t width) {
    SmallVector<std::pair<int64_t, VectorType>> pieces;
    for (int64_t at = 0; at < width; at += lanes)
      pieces.push_back({at, VectorType::get({lanes}, b.getF32Type())});
    VectorType words = VectorType::get({lanes}, b.getI32Type());
    auto addPair = [&](Value k, int64_t unrolled, MutableArrayRef<Value> sums) {
      SmallVector<Value> weights;
      for (const auto &[at, type] : pieces)
        weights.push_back(bf16(load(words, p.w, add(mul(add(k, index(unrolled)), width), index(at)))));
      for (int64_t r = 0; r < group.rows; ++r) {
        Value from = address(p.x, b.getF32Type(), add(mul(group.row, p.rowStride), k));
        Value pair = load(b.getI32Type(), offset(from, b.getF32Type(), r * p.rowStride + unrolled));
        Value row = bf16(vector::BroadcastOp::create(b, words, pair));
        for (auto [i, weight] : llvm::enumerate(weights)) {
          Value &sum = sums[r * pieces.size() + i];
          sum = LLVM::CallIntrinsicOp::create(b, sum.getType(),
                                              b.getStringAttr("llvm.x86.avx512bf16.dpbf16ps.512"),
                                              ValueRange{sum, row, weight})
                    .getResult(0);
        }
      }
    };
    emitChains(group, first, width, pieces, kUnroll, /*step=*/1, addPair);
  }

  ArrayRef<RegisterTile> tiles;
};

} // namespace

bool multipliesPairs(tile::DotRowsWordsOp op) {
  constexpr int64_t kLanes = 16, kManyRows = 9; // fewer are multiplied as words are decoded
  return op.getFormat() == tile::Format::e4m3 && op.getScales() && op.getDepth() % kTogether == 0 &&
         op.getX().getType().getDimSize(0) >= kManyRows && op.getAcc().getType().getDimSize(1) % kLanes == 0;
}

bool usesBf16Dots(ModuleOp module) {
  return module
      .walk([](tile::DotRowsWordsOp op) {
        return multipliesPairs(op) ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

Value writePairs(ImplicitLocOpBuilder &builder, const RowsProduct &product, Value pairs) {
  return PairsOfRows(builder, product, pairs).write();
}

void multiplyPairs(ImplicitLocOpBuilder &builder, const RowsProduct &product, Value first, int64_t width,
                   const HostShape &shape) {
  PairsEmitter(builder, product, shape).emitSlice(first, width);
}

} // namespace mlir::v4

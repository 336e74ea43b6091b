// tile.dot_words, and tile.widen of words.
#include "codegen/TileToVector/TilePatterns.h"
#include "codegen/TileToVector/Widen.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::v4 {
namespace {

/// Outputs whose words fill a register.
int64_t outputsAtATime(Type word, const HostShape &shape) {
  return shape.vectorBits / word.getIntOrFloatBitWidth();
}

Value lanesOf(ImplicitLocOpBuilder &b, Value row, int64_t begin, int64_t count) {
  if (cast<VectorType>(row.getType()).getNumElements() == count)
    return row;
  return vector::ShuffleOp::create(b, row, row, llvm::to_vector(llvm::seq<int64_t>(begin, begin + count)));
}

/// Ranges of `outputs` columns, each as wide as a register of words but the last.
SmallVector<std::pair<int64_t, int64_t>> cutColumns(int64_t outputs, int64_t width) {
  SmallVector<std::pair<int64_t, int64_t>> ranges;
  for (int64_t at = 0; at < outputs; at += width)
    ranges.push_back({at, std::min(width, outputs - at)});
  return ranges;
}

/// `words`, known only when `sums` are computed. Else LLVM multiplies all columns by one input before the
/// next, with more decoded numbers at a time than there are registers.
Value after(ImplicitLocOpBuilder &b, Value words, Value sums, const HostShape &shape) {
  auto type = cast<VectorType>(words.getType());
  int64_t lanes = shape.lanes(), count = cast<VectorType>(sums.getType()).getNumElements();
  if (type.getNumElements() * type.getElementTypeBitWidth() != shape.vectorBits || count % lanes != 0)
    return words;
  SmallVector<Value> operands = {words};
  std::string constraints = "=v,0";
  for (int64_t at = 0; at < count; at += lanes) {
    operands.push_back(lanesOf(b, sums, at, lanes));
    constraints += ",v";
  }
  return LLVM::InlineAsmOp::create(
             b, type, operands, /*asm_string=*/"", constraints, /*has_side_effects=*/true,
             /*is_align_stack=*/false, LLVM::TailCallKind::None, LLVM::AsmDialectAttr(), ArrayAttr())
      .getRes();
}

struct ConvertDotWords final : RowPattern<tile::DotWordsOp> {
  ConvertDotWords(const TypeConverter &converter, MLIRContext *context, const HostShape &shape)
      : RowPattern(converter, context), shape(shape) {}

  FailureOr<SmallVector<Value>> convert(tile::DotWordsOp op, Adaptor adaptor,
                                        ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    RankedTensorType words = op.getWords().getType();
    auto ranges = cutColumns(words.getDimSize(1), outputsAtATime(words.getElementType(), shape));
    int64_t numbers = tile::numbersInElement(op.getFormat(), words.getElementType());
    SmallVector<SmallVector<Value>> sums;
    for (Value row : adaptor.getAcc()) {
      SmallVector<Value> &pieces = sums.emplace_back();
      for (auto [at, width] : ranges)
        pieces.push_back(lanesOf(b, row, at, width));
    }
    Value done;
    // Columns inside, or a row of decoded numbers would not fit into registers.
    for (auto [number, row] : llvm::enumerate(adaptor.getWords()))
      for (auto [piece, range] : llvm::enumerate(ranges)) {
        Value codes = lanesOf(b, row, range.first, range.second);
        if (done)
          codes = after(b, codes, done, shape);
        SmallVector<Value> wide = widenWords(b, codes, op.getFormat(), shape.vectorBits);
        for (int64_t i = 0; i < numbers; ++i)
          for (auto [m, a] : llvm::enumerate(adaptor.getA())) {
            Value element = b.createOrFold<vector::ExtractOp>(a, int64_t(number) * numbers + i);
            Value left = vector::BroadcastOp::create(b, wide[i].getType(), element);
            sums[m][piece] = math::FmaOp::create(b, left, wide[i], sums[m][piece]);
          }
        done = sums.back()[piece];
      }
    return llvm::map_to_vector(sums,
                               [&](ArrayRef<Value> pieces) { return joinVectors(b, b.getLoc(), pieces); });
  }

  HostShape shape;
};

struct ConvertWidenWords final : RowPattern<tile::WidenOp> {
  ConvertWidenWords(const TypeConverter &converter, MLIRContext *context, const HostShape &shape)
      : RowPattern(converter, context, /*benefit=*/2), shape(shape) {}

  FailureOr<SmallVector<Value>> convert(tile::WidenOp op, Adaptor adaptor,
                                        ConversionPatternRewriter &rewriter) const override {
    RankedTensorType words = op.getInput().getType();
    if (words.getElementType().isInteger(8))
      return rewriter.notifyMatchFailure(op, "decodes bytes");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto ranges = cutColumns(words.getShape().back(), outputsAtATime(words.getElementType(), shape));
    int64_t numbers = tile::numbersInElement(op.getFormat(), words.getElementType());
    SmallVector<Value> rows;
    for (Value row : adaptor.getInput()) {
      SmallVector<SmallVector<Value>> pieces(numbers);
      for (auto [at, width] : ranges)
        for (auto [i, value] :
             llvm::enumerate(widenWords(b, lanesOf(b, row, at, width), op.getFormat(), shape.vectorBits)))
          pieces[i].push_back(value);
      for (ArrayRef<Value> wide : pieces)
        rows.push_back(joinVectors(b, b.getLoc(), wide));
    }
    return rows;
  }

  HostShape shape;
};

} // namespace

Value joinVectors(OpBuilder &b, Location loc, ArrayRef<Value> pieces) {
  if (pieces.size() == 1)
    return pieces.front();
  Value left = joinVectors(b, loc, pieces.take_front(pieces.size() / 2)),
        right = joinVectors(b, loc, pieces.drop_front(pieces.size() / 2));
  auto count = [](Value piece) { return cast<VectorType>(piece.getType()).getNumElements(); };
  return vector::ShuffleOp::create(b, loc, left, right,
                                   llvm::to_vector(llvm::seq<int64_t>(0, count(left) + count(right))));
}

void populateWordPatterns(const TypeConverter &converter, RewritePatternSet &patterns,
                          const HostShape &shape) {
  patterns.add<ConvertDotWords, ConvertWidenWords>(converter, patterns.getContext(), shape);
}

} // namespace mlir::v4

// Verifiers of `tile` ops: products.
#include "dialects/Tile/IR/TileDialect.h"

namespace mlir::tile {

LogicalResult DotOp::verify() {
  RankedTensorType a = getA().getType(), b = getB().getType(), acc = getAcc().getType();
  if (a.getRank() != 2 || b.getRank() != 2 || acc.getRank() != 2 || a.getDimSize(1) != b.getDimSize(0) ||
      a.getDimSize(0) != acc.getDimSize(0) || b.getDimSize(1) != acc.getDimSize(1)) // dot_c1
    return emitOpError("multiplies ")
           << a << " by " << b << " into " << acc << ", but wants [M, K] by [K, N] into [M, N]";
  Type sum = acc.getElementType();
  if (!sum.isF32() && !sum.isF64()) // dot_c2
    return emitOpError("accumulates in ") << sum << " instead of f32 or f64";
  for (RankedTensorType factor : {a, b})
    if (factor.getElementType() != sum && !factor.getElementType().isBF16()) // dot_c2
      return emitOpError("has a factor of ")
             << factor.getElementType() << ", which is neither bf16 nor " << sum;
  return success();
}

int64_t numbersInElement(Format format, Type element) {
  if (element.isInteger(8))
    return format == Format::bf16 ? 0 : format == Format::e2m1 ? 2 : 1;
  if (!element.isInteger(32))
    return 0;
  return format == Format::e2m1 ? 8 : format == Format::e4m3 ? 4 : format == Format::bf16 ? 2 : 0;
}

int64_t panelsAbreast(MemRefType memory, int64_t width) {
  int64_t rank = memory.getRank();
  if (rank < 3 || ShapedType::isDynamicShape(memory.getShape().take_back(3)))
    return 0;
  int64_t panels = memory.getDimSize(rank - 3);
  return panels * memory.getDimSize(rank - 1) == width ? panels : 0;
}

LogicalResult DotWordsOp::verify() {
  RankedTensorType a = getA().getType(), words = getWords().getType(), acc = getAcc().getType();
  int64_t numbers =
      words.getElementType().isInteger(8) ? 0 : numbersInElement(getFormat(), words.getElementType());
  if (numbers == 0 || a.getRank() != 2 || words.getRank() != 2 || acc.getRank() != 2 ||
      a.getDimSize(1) != numbers * words.getDimSize(0) || a.getDimSize(0) != acc.getDimSize(0) ||
      words.getDimSize(1) != acc.getDimSize(1) || !a.getElementType().isF32() ||
      !acc.getElementType().isF32()) // dot_words_c1
    return emitOpError("multiplies ")
           << a << " by " << words << " of " << stringifyFormat(getFormat()) << " into " << acc
           << ", but wants f32 [M, K], words [K / g, N] and f32 [M, N]";
  return success();
}

LogicalResult DotRowsOp::verify() {
  SmallVector<Value> memories = {getX(), getW(), getAcc()};
  if (getScales())
    memories.push_back(getScales());
  for (Value memory : memories) {
    auto type = cast<MemRefType>(memory.getType());
    int64_t rank = memory == getScales() ? 1 : memory == getW() && type.getRank() == 3 ? 3 : 2;
    if (!memory.getDefiningOp<ScratchOp>() || !type.getElementType().isF32() ||
        type.getRank() != rank) // dot_rows_c1
      return emitOpError("takes ") << type << ", but wants tile.scratch of f32 and rank " << rank;
  }
  auto x = getX().getType(), w = getW().getType(), acc = getAcc().getType();
  int64_t rows = x.getDimSize(getTurned() ? 1 : 0), inputs = x.getDimSize(getTurned() ? 0 : 1);
  int64_t depth = w.getDimSize(w.getRank() - 2), outputs = w.getNumElements() / std::max<int64_t>(depth, 1);
  if (rows != acc.getDimSize(0) || depth > inputs || outputs != acc.getDimSize(1) ||
      (getScales() && getScales().getType().getDimSize(0) != acc.getDimSize(1))) // dot_rows_c2
    return emitOpError("multiplies ")
           << x << " by " << w << " into " << acc << ", but wants [M, K] by [D, N] into [M, N]";
  if (w.getRank() == 3 && w.getDimSize(0) > 1 && w.getShape().back() % 16 != 0) // dot_rows_c3
    return emitOpError("has ") << w.getShape().back() << " outputs side by side, which is no multiple of 16";
  return success();
}

/// Whether registers of words never reach from a panel into the next.
static bool liesInPanels(MemRefType words, int64_t outputs) {
  constexpr int64_t kMostLanes = 16;
  return panelsAbreast(words, outputs) > 0 && words.getShape().back() % kMostLanes == 0;
}

LogicalResult DotRowsWordsOp::verify() {
  auto x = getX().getType(), words = getWords().getType(), acc = getAcc().getType();
  auto isOwn = [](Value memory, int64_t rank) {
    auto type = cast<MemRefType>(memory.getType());
    return memory.getDefiningOp<ScratchOp>() && type.getElementType().isF32() && type.getRank() == rank;
  };
  int64_t depth = getDepth();
  if (!isOwn(getX(), 2) || !isOwn(getAcc(), 2) || x.getDimSize(0) != acc.getDimSize(0) ||
      depth > x.getDimSize(1) ||
      (getScales() && (!isOwn(getScales(), 1) ||
                       getScales().getType().getDimSize(0) != acc.getDimSize(1)))) // dot_rows_words_c1
    return emitOpError("multiplies ") << depth << " columns of " << x << " into " << acc
                                      << ", but wants tile.scratch of f32 [M, K] and [M, N], and scales [N]";
  int64_t numbers =
      words.getElementType().isInteger(8) ? 0 : numbersInElement(getFormat(), words.getElementType());
  if (numbers == 0 || depth <= 0 || depth % numbers != 0 ||
      words.getRank() != static_cast<int64_t>(getOffsets().size()) ||
      (words.getShape().back() != acc.getDimSize(1) &&
       !liesInPanels(words, acc.getDimSize(1)))) // dot_rows_words_c2
    return emitOpError("multiplies by ")
           << words << " of " << stringifyFormat(getFormat()) << " with " << getOffsets().size()
           << " offsets, but wants whole words [.., N] and an offset for each dimension";
  return success();
}

static bool holdsDigits(MemRefType memory, size_t offsets) {
  return memory.getElementType().isF32() && memory.getRank() == static_cast<int64_t>(offsets) &&
         memory.getShape().back() % kDigitBlock == 0;
}

LogicalResult SplitDigitsOp::verify() {
  RankedTensorType numbers = getNumbers().getType();
  if (numbers.getRank() != 1 || !numbers.getElementType().isF32() ||
      numbers.getDimSize(0) != kDigitBlock) // split_digits_c1
    return emitOpError("splits ") << numbers << ", but wants 32 of f32";
  if (!holdsDigits(getMemory().getType(), getOffsets().size())) // split_digits_c2
    return emitOpError("writes to ") << getMemory().getType() << " with " << getOffsets().size()
                                     << " offsets, but wants f32 in rows of a multiple of 32";
  return success();
}

LogicalResult DotDigitsOp::verify() {
  MemRefType words = getWords().getType(), acc = getAcc().getType(), scales = getScales().getType();
  if (!holdsDigits(getX().getType(), getFrom().size())) // dot_digits_c1
    return emitOpError("reads ") << getX().getType() << " with " << getFrom().size()
                                 << " offsets, but wants f32 in rows of a multiple of 32";
  if (words.getRank() != static_cast<int64_t>(getOffsets().size()) || words.getRank() < 2 ||
      !words.getElementType().isInteger(32) || acc.getRank() != 2 ||
      (words.getShape().back() < acc.getDimSize(1) &&
       !liesInPanels(words, acc.getDimSize(1)))) // dot_digits_c2
    return emitOpError("multiplies by ")
           << words << " with " << getOffsets().size()
           << " offsets, but wants i32 [.., 4, N] and an offset for each dimension";
  if (!getAcc().getDefiningOp<ScratchOp>() || !acc.getElementType().isF32() || acc.getDimSize(1) % 8 != 0 ||
      !scales.getElementType().isF32() || scales.getRank() != 1 ||
      scales.getDimSize(0) != acc.getDimSize(1)) // dot_digits_c3
    return emitOpError("adds to ") << acc << " with scales " << scales
                                   << ", but wants tile.scratch of f32 [M, N] and f32 [N], N a multiple of 8";
  if (Value rows = getRows()) {
    auto type = cast<MemRefType>(rows.getType());
    if (type.getRank() != 2 || !type.getElementType().isInteger(32) || type.getDimSize(1) != 1 ||
        type.getDimSize(0) != acc.getDimSize(0)) // dot_digits_c4
      return emitOpError("takes rows by ") << type << ", but wants i32 [" << acc.getDimSize(0) << ", 1]";
  }
  if (!getThen().empty() && getThen().size() != getOffsets().size()) // dot_digits_c5
    return emitOpError("fetches words at ")
           << getThen().size() << " offsets, but wants one for each dimension of " << words;
  return success();
}

LogicalResult DotCodesOp::verify() {
  MemRefType x = getX().getType(), columns = getColumns().getType(), acc = getAcc().getType(),
             scales = getScales().getType();
  if (columns.getRank() != 3 || !columns.getElementType().isInteger(8) || columns.getDimSize(1) != 8 ||
      columns.getDimSize(2) % 4 != 0) // dot_codes_c2
    return emitOpError("multiplies by ") << columns << ", but wants i8 [B, 8, 4N]";
  int64_t blocks = columns.getDimSize(0), outputs = columns.getDimSize(2) / 4;
  int64_t at = getScaleOffset();
  if (!x.getElementType().isInteger(8) || x.getRank() != static_cast<int64_t>(getFrom().size()) ||
      at < kDigitBlock / 2 * blocks || x.getShape().back() < at + blocks) // dot_codes_c1
    return emitOpError("reads ") << x << " with " << getFrom().size() << " offsets and scales at " << at
                                 << ", but wants i8 in rows of " << blocks << " blocks and then scales";
  if (!getAcc().getDefiningOp<ScratchOp>() || !acc.getElementType().isF32() || acc.getRank() != 2 ||
      acc.getDimSize(1) != outputs || outputs % 8 != 0 || !scales.getElementType().isF32() ||
      scales.getShape() != ArrayRef<int64_t>({blocks, outputs})) // dot_codes_c3
    return emitOpError("multiplies ")
           << blocks << " blocks and " << outputs << " columns into " << acc << " with scales " << scales
           << ", but wants tile.scratch of f32 [M, N] and f32 [B, N], N a multiple of 8";
  return success();
}

LogicalResult ScaledDotOp::verify() {
  RankedTensorType a = getA().getType(), scales = getScales().getType(), b = getB().getType(),
                   acc = getAcc().getType();
  if (getFormat() == Format::e8m0)
    return emitOpError("multiplies e8m0 numbers, but takes e4m3 or e2m1");
  if (a.getRank() != 2 || b.getRank() != 2 || acc.getRank() != 2 || scales.getRank() != 2) // scaled_dot_c1
    return emitOpError("takes tiles of rank 2");
  int64_t depth = a.getDimSize(1) * (getFormat() == Format::e2m1 ? 2 : 1);
  if (depth % 32 != 0) // scaled_dot_c3
    return emitOpError("sums over ") << depth << " products, which is no multiple of 32";
  if (depth != b.getDimSize(0) || a.getDimSize(0) != acc.getDimSize(0) ||
      b.getDimSize(1) != acc.getDimSize(1) || scales.getDimSize(0) != a.getDimSize(0) ||
      scales.getDimSize(1) != depth / 32 || !a.getElementType().isInteger(8) ||
      !scales.getElementType().isInteger(8)) // scaled_dot_c1
    return emitOpError("multiplies ") << a << " with scales " << scales << " by " << b << " into " << acc
                                      << ", but wants i8 [M, K], i8 [M, K / 32], [K, N] and [M, N]";
  if (!acc.getElementType().isF32() ||
      !(b.getElementType().isF32() || b.getElementType().isBF16())) // scaled_dot_c2
    return emitOpError("multiplies by ")
           << b.getElementType() << " into " << acc.getElementType() << ", but wants f32 or bf16 into f32";
  return success();
}

} // namespace mlir::tile

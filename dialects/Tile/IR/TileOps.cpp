// Verifiers of the `tile` ops.
#include "dialects/Tile/IR/TileDialect.h"

namespace mlir::tile {

// What all accesses to memory share
// ----------------------------------------------------------------------------

static LogicalResult verifyOffsets(Operation *op, MemRefType memory, size_t offsets) {
  if (offsets != size_t(memory.getRank())) // load_c1, store_c1, load_scalar_c1, store_scalar_c1
    return op->emitOpError("has ") << offsets << " offsets into a memory of rank " << memory.getRank();
  return success();
}

static LogicalResult verifyElement(Operation *op, MemRefType memory, Type element) {
  if (element != memory.getElementType())
    return op->emitOpError("moves ") << element << " to or from a memory of " << memory.getElementType();
  return success();
}

// Along the memory's last dimensions, those that are static.
static LogicalResult verifySize(Operation *op, MemRefType memory, RankedTensorType tile, bool masked) {
  if (tile.getRank() > memory.getRank()) // load_c2, store_c2
    return op->emitOpError("has a tile of rank ")
           << tile.getRank() << " and a memory of rank " << memory.getRank();
  for (int64_t i = 1; i <= tile.getRank(); ++i) {
    int64_t size = tile.getDimSize(tile.getRank() - i);
    int64_t available = memory.getDimSize(memory.getRank() - i);
    bool isMaskedDim = masked && i == 1;
    if (isMaskedDim && ShapedType::isDynamic(available)) // load_c3, store_c3
      return op->emitOpError("is masked, but the last dimension of ") << memory << " is dynamic";
    if (!isMaskedDim && !ShapedType::isDynamic(available) && size > available) // load_c3, store_c3
      return op->emitOpError("takes ") << size << " elements of a dimension of " << available;
  }
  return success();
}

static LogicalResult verifyAccess(Operation *op, MemRefType memory, size_t offsets, RankedTensorType tile,
                                  bool masked) {
  if (failed(verifyOffsets(op, memory, offsets)) || failed(verifyElement(op, memory, tile.getElementType())))
    return failure();
  return verifySize(op, memory, tile, masked);
}

LogicalResult ScratchOp::verify() {
  constexpr int64_t kLargest = int64_t(1) << 20;
  MemRefType type = getMemory().getType();
  if (!type.hasStaticShape() || !type.getLayout().isIdentity()) // scratch_c1
    return emitOpError() << "needs row-major memory of static shape, not " << type;
  int64_t bytes = type.getNumElements() * type.getElementTypeBitWidth() / 8;
  if (bytes > kLargest) // scratch_c1
    return emitOpError() << "takes " << bytes << " bytes, but a program has at most " << kLargest;
  return success();
}

LogicalResult ViewOp::verify() {
  MemRefType from = getMemory().getType(), to = getResult().getType();
  for (MemRefType type : {from, to})
    if (!type.getLayout().isIdentity() || type.getRank() == 0 || !type.isDynamicDim(0) ||
        ShapedType::isDynamicShape(type.getShape().drop_front())) // view_c1
      return emitOpError("needs row-major memory whose first dimension alone is dynamic, not ") << type;
  auto rowBits = [](MemRefType type) {
    return ShapedType::getNumElements(type.getShape().drop_front()) * type.getElementTypeBitWidth();
  };
  if (rowBits(from) != rowBits(to)) // view_c2
    return emitOpError("cuts ") << from << " into " << to << ", which has other bytes in a row";
  return success();
}

LogicalResult LoadOp::verify() {
  return verifyAccess(*this, getMemory().getType(), getOffsets().size(), getResult().getType(), getMasked());
}

LogicalResult LoadPanelsOp::verify() {
  MemRefType memory = getMemory().getType();
  RankedTensorType tile = getResult().getType();
  if (failed(verifyOffsets(*this, memory, getOffsets().size())) || // load_panels_c1
      failed(verifyElement(*this, memory, tile.getElementType()))) // load_panels_c2
    return failure();
  if (panelsAbreast(memory, tile.getShape().back()) == 0) // load_panels_c1, load_panels_c3
    return emitOpError("reads rows of ") << tile.getShape().back() << " elements from " << memory
                                         << ", but wants panels [.., S, R, P] that are as wide together";
  return success();
}

LogicalResult StoreOp::verify() {
  return verifyAccess(*this, getMemory().getType(), getOffsets().size(), getValue().getType(), getMasked());
}

LogicalResult LoadScalarOp::verify() {
  if (failed(verifyOffsets(*this, getMemory().getType(), getOffsets().size())))
    return failure();
  return verifyElement(*this, getMemory().getType(), getResult().getType());
}

LogicalResult StoreScalarOp::verify() {
  if (failed(verifyOffsets(*this, getMemory().getType(), getOffsets().size())))
    return failure();
  return verifyElement(*this, getMemory().getType(), getValue().getType());
}

LogicalResult GatherOp::verify() {
  MemRefType memory = getMemory().getType();
  RankedTensorType rows = getRows().getType(), result = getResult().getType();
  if (int64_t(getLeading().size()) + 2 != memory.getRank()) // gather_c1
    return emitOpError("has ") << getLeading().size() << " leading offsets, but a memory of rank "
                               << memory.getRank() << " wants two less than that";
  if (rows.getRank() != 1 || !rows.getElementType().isInteger(32)) // gather_c2
    return emitOpError("takes the numbers of its rows from ") << rows << ", which is not a row tile of i32";
  if (result.getRank() != 2 || result.getDimSize(0) != rows.getDimSize(0)) // gather_c3
    return emitOpError("gathers ") << rows.getDimSize(0) << " rows, but the result is " << result;
  if (failed(verifyElement(*this, memory, result.getElementType())))
    return failure();
  if (result.getDimSize(1) > memory.getShape().back()) // gather_c3
    return emitOpError("takes ") << result.getDimSize(1) << " elements of rows of "
                                 << memory.getShape().back();
  return success();
}

// Kernels
// ------------------------------------------------------------------------------------------------------

int64_t placeScratch(KernelOp kernel, function_ref<void(ScratchOp, int64_t)> place) {
  int64_t bytes = 0;
  kernel.walk([&](ScratchOp op) {
    MemRefType type = op.getMemory().getType();
    place(op, bytes);
    bytes += llvm::alignTo(type.getNumElements() * type.getElementTypeBitWidth() / 8, 16);
  });
  return bytes;
}

LogicalResult KernelOp::verify() {
  if (!getResultTypes().empty()) // kernel_c1
    return emitOpError("has results, but a kernel leaves what it computes in memory");
  for (auto [i, type] : llvm::enumerate(getArgumentTypes())) {
    auto memory = dyn_cast<MemRefType>(type);
    if (!memory || memory.getRank() == 0 || !memory.getLayout().isIdentity()) // kernel_c1
      return emitOpError("argument ")
             << i << " is " << type << ", not a memref of rank 1 or more in row-major layout";
    if (!ShapedType::isDynamicShape(memory.getShape().drop_front())) // kernel_c1
      continue;
    return emitOpError("argument ") << i << " is " << type << ", but only the first dimension may be dynamic";
  }
  if (!getBody().hasOneBlock()) // kernel_c2
    return emitOpError("has a body of ") << getBody().getBlocks().size() << " blocks instead of one";
  return success();
}

// Arithmetic
// ---------------------------------------------------------------------------------------------------

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

LogicalResult TransposeOp::verify() {
  RankedTensorType input = getInput().getType(), result = getResult().getType();
  if (input.getRank() != 2 || result.getRank() != 2 || input.getDimSize(0) != result.getDimSize(1) ||
      input.getDimSize(1) != result.getDimSize(0) ||
      input.getElementType() != result.getElementType()) // transpose_c1
    return emitOpError("makes ") << result << " of " << input << ", but wants [C, R] of [R, C]";
  return success();
}

LogicalResult ReduceOp::verify() {
  RankedTensorType input = getInput().getType();
  Type wanted = input.getElementType();
  if (wanted.isInteger(1)) // reduce_c2
    return emitOpError("combines i1 elements");
  if (input.getRank() == 2)
    wanted = RankedTensorType::get(input.getShape().take_front(), wanted);
  if (getResult().getType() != wanted) // reduce_c1
    return emitOpError("reduces ") << input << " to " << wanted << ", but the result is "
                                   << getResult().getType();
  return success();
}

LogicalResult SplatOp::verify() {
  Type element = getResult().getType().getElementType();
  if (getValue().getType() != element) // splat_c1
    return emitOpError("fills a tile of ") << element << " with a value of " << getValue().getType();
  return success();
}

LogicalResult BroadcastOp::verify() {
  RankedTensorType input = getInput().getType(), result = getResult().getType();
  if (input.getRank() != 1 || result.getRank() != 2 ||
      input.getElementType() != result.getElementType()) // broadcast_c1
    return emitOpError("makes ") << result << " of " << input
                                 << ", but wants a tile of rank 2 of one of rank 1, elements alike";
  int64_t kept = getAlong() == 0 ? 1 : 0;
  if (input.getDimSize(0) != result.getDimSize(kept)) // broadcast_c2
    return emitOpError("repeats ") << input.getDimSize(0) << " elements along dimension " << getAlong()
                                   << ", but dimension " << kept << " of the result has "
                                   << result.getDimSize(kept);
  return success();
}

LogicalResult IotaOp::verify() {
  RankedTensorType result = getResult().getType();
  if (result.getRank() != 1 || !result.getElementType().isInteger(32)) // iota_c1
    return emitOpError("counts in ") << result << ", which is not a row tile of i32";
  return success();
}

LogicalResult WidenOp::verify() {
  RankedTensorType input = getInput().getType(), result = getResult().getType();
  int64_t numbers = numbersInElement(getFormat(), input.getElementType());
  if (numbers == 0 || !result.getElementType().isF32()) // widen_c1
    return emitOpError("decodes ") << input.getElementType() << " to " << result.getElementType() << " as "
                                   << stringifyFormat(getFormat())
                                   << " instead of i8, or the format's words, to f32";
  SmallVector<int64_t> shape(input.getShape());
  if (numbers > 1 && input.getRank() != 2) // widen_c2
    return emitOpError("decodes several rows of one, but the input has rank 1");
  shape[0] *= numbers;
  auto wanted = RankedTensorType::get(shape, result.getElementType());
  if (result != wanted) // widen_c2
    return emitOpError("decodes ") << input << " to " << wanted << ", but the result is " << result;
  return success();
}

static LogicalResult verifyHalves(Operation *op, RankedTensorType whole, RankedTensorType half) {
  if (whole.getRank() == 1 && half.getRank() == 1 && whole.getElementType() == half.getElementType() &&
      whole.getDimSize(0) == 2 * half.getDimSize(0))
    return success();
  return op->emitOpError("has halves of type ")
         << half << " and a whole of type " << whole << ", but wants row tiles, one twice as long";
}

LogicalResult DeinterleaveOp::verify() { // deinterleave_c1
  return verifyHalves(*this, getInput().getType(), getEven().getType());
}

LogicalResult InterleaveOp::verify() { // interleave_c1
  return verifyHalves(*this, getResult().getType(), getEven().getType());
}

} // namespace mlir::tile

#include "passes/ModelToTile/KernelBuilder.h"

namespace mlir::v4 {

void emitRmsNorm(KernelBuilder &k, RmsNormOp op) {
  int64_t size = rowElements(op.getInput());
  Value input = k.memory(op.getInput()), weight = k.memory(op.getWeight()), result = k.memory(op.getResult());
  Value scale = k.inverseRms(k.sumOfSquares(input, k.row, k.index(0), size), size, op.getEps());
  k.forTiles(size, k.lanes(), [&](Value offset, int64_t width) {
    Value x = k.mulf(k.loadF32(input, {k.row, offset}, {width}), k.splat(scale, {width}));
    k.store(k.mulf(k.loadF32(weight, {offset}, {width}), x), result, {k.row, offset});
  });
}

/// The published q norm: every step rounded to BF16 (specification section 4.1).
static Value roundedInverseRms(KernelBuilder &k, Value input, Value column, int64_t size, APFloat eps) {
  Value sum = k.sumTiles(size, [&](Value offset, int64_t width) {
    Value x = k.loadF32(input, {k.row, k.add(column, offset)}, {width});
    return k.roundBF16(k.mulf(x, x));
  });
  Value mean = k.roundBF16(k.divf(sum, k.f32(size)));
  mean = k.roundBF16(k.addf(mean, k.f32(eps.convertToDouble())));
  return k.roundBF16(k.divf(k.f32(1.0), math::SqrtOp::create(k.builder, k.loc, mean)));
}

void emitHeadNorm(KernelBuilder &k, HeadNormOp op) {
  auto type = cast<RankedTensorType>(op.getInput().getType());
  int64_t heads = type.getDimSize(1), size = type.getDimSize(2);
  bool rounds = op.getNumerics().getOption("q_norm") == "bf16";
  Value input = k.memory(op.getInput()), result = k.memory(op.getResult());
  auto normaliseHead = [&](Value head) {
    Value first = k.mul(head, k.index(size));
    Value scale = rounds ? roundedInverseRms(k, input, first, size, op.getEps())
                         : k.inverseRms(k.sumOfSquares(input, k.row, first, size), size, op.getEps());
    if (!rounds && op.getResult().getType().getElementType().isBF16())
      scale = k.roundBF16(scale);
    k.forTiles(size, k.lanes(), [&](Value offset, int64_t width) {
      Value column = k.add(first, offset);
      Value x = k.mulf(k.loadF32(input, {k.row, column}, {width}), k.splat(scale, {width}));
      k.store(rounds ? k.roundBF16(x) : x, result, {k.row, column});
    });
  };
  if (k.head)
    normaliseHead(k.head);
  else
    k.forEach(k.index(0), k.index(heads), normaliseHead);
}

} // namespace mlir::v4

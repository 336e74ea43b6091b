#include "passes/ModelToTile/KernelBuilder.h"

namespace mlir::v4 {

/// 1 / sqrt(sum / size + eps)
static Value inverseRms(KernelBuilder &k, Value sum, int64_t size, APFloat eps) {
  Value mean = k.divf(sum, k.f32(size));
  Value root = math::SqrtOp::create(k.builder, k.loc, k.addf(mean, k.f32(eps.convertToDouble())));
  return k.divf(k.f32(1.0), root);
}

void emitRmsNorm(KernelBuilder &k, RmsNormOp op) {
  int64_t size = rowElements(op.getInput());
  Value input = k.memory(op.getInput()), weight = k.memory(op.getWeight()), result = k.memory(op.getResult());
  Value scale = inverseRms(k, k.sumOfSquares(input, k.row, k.index(0), size), size, op.getEps());
  k.forTiles(size, kLanes, [&](Value offset, int64_t width) {
    Value x = k.mulf(k.loadF32(input, {k.row, offset}, {width}), k.splat(scale, {width}));
    k.store(k.mulf(k.loadF32(weight, {offset}, {width}), x), result, {k.row, offset});
  });
}

void emitHeadNorm(KernelBuilder &k, HeadNormOp op) {
  auto type = cast<RankedTensorType>(op.getInput().getType());
  int64_t heads = type.getDimSize(1), size = type.getDimSize(2);
  Value input = k.memory(op.getInput()), result = k.memory(op.getResult());
  auto normaliseHead = [&](Value head) {
    Value first = k.mul(head, k.index(size));
    Value scale = inverseRms(k, k.sumOfSquares(input, k.row, first, size), size, op.getEps());
    k.forTiles(size, kLanes, [&](Value offset, int64_t width) {
      Value column = k.add(first, offset);
      Value x = k.loadF32(input, {k.row, column}, {width});
      k.store(k.mulf(x, k.splat(scale, {width})), result, {k.row, column});
    });
  };
  if (k.head)
    normaliseHead(k.head);
  else
    k.forEach(k.index(0), k.index(heads), normaliseHead);
}

} // namespace mlir::v4

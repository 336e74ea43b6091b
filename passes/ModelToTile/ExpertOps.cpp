// Experts (specification section 6). Rows of a program go one after the other, since each has its own
// experts.
#include "passes/ModelToTile/KernelBuilder.h"

#include "passes/ModelToTile/WeightTiles.h"

namespace mlir::v4 {
namespace {

bool roundsProducts(NumericsAttr numerics) { return numerics.getOption("activations") == "bf16"; }

/// silu(min(u, limit)) * clamp(v, -limit, limit); a limit of 0 clamps nothing.
Value gatedUnit(KernelBuilder &k, Value u, Value v, APFloat limitAttr, NumericsAttr numerics) {
  if (roundsProducts(numerics)) {
    u = k.roundBF16(u);
    v = k.roundBF16(v);
  }
  double limit = limitAttr.convertToDouble();
  if (limit > 0) {
    Value bound = k.constantLike(u, limit);
    u = k.minf(u, bound);
    v = k.maxf(k.minf(v, bound), k.constantLike(v, -limit));
  }
  return k.mulf(k.mulf(u, k.sigmoid(u)), v);
}

/// The routing weight of a row's choice, as wide as a panel.
Value routingWeight(KernelBuilder &k, Value weights, Value row, Value choice, int64_t panel) {
  return k.splat(k.loadScalar(k.memory(weights), {row, choice}), {1, panel});
}

} // namespace

void emitExpertUp(KernelBuilder &k, ExpertUpOp op) {
  WeightTiles any(k, op, op.getW1(), k.index(0));
  Value tiles = k.index(llvm::divideCeil(any.outputs(), getOutputTile(op)));
  Value choice = k.div(k.tileIndex, tiles), tile = k.rem(k.tileIndex, tiles);
  k.forRows([&](Value row) {
    Value expert = k.toIndex(k.loadScalar(k.memory(op.getIndices()), {row, choice}));
    WeightTiles w1(k, op, op.getW1(), expert), w3(k, op, op.getW3(), expert);
    Factor input = {k.memory(op.getInput()), {row}};
    k.forPanels(op, tile, w1.panel(), [&](Value panel) {
      Value u = w1.multiply(panel, 1, input), v = w3.multiply(panel, 1, input);
      Value z = gatedUnit(k, u, v, op.getLimit(), op.getNumerics());
      if (op.getWeights())
        z = k.mulf(routingWeight(k, op.getWeights(), row, choice, w1.panel()), z);
      Value column = k.mul(panel, k.index(w1.panel()));
      k.store(z, k.memory(op.getResult()), {row, choice, column}, w1.outputs() % w1.panel() != 0);
    });
  });
}

void emitExpertDown(KernelBuilder &k, ExpertDownOp op) {
  int64_t choices = cast<RankedTensorType>(op.getIndices().getType()).getDimSize(1);
  bool rounds = roundsProducts(op.getNumerics());
  k.forRows([&](Value row) {
    WeightTiles any(k, op, op.getW2(), k.index(0));
    Value zero = k.constant(0.0, {1, any.panel()});
    Value sum =
        k.forLoop(k.index(0), k.index(choices), k.index(1), zero, [&](Value choice, ValueRange carried) {
          Value expert = k.toIndex(k.loadScalar(k.memory(op.getIndices()), {row, choice}));
          WeightTiles w2(k, op, op.getW2(), expert);
          Value product = w2.multiply(k.tileIndex, 1, {k.memory(op.getInput()), {row, choice}});
          if (rounds)
            product = k.roundBF16(product);
          if (op.getWeights()) {
            product = k.mulf(routingWeight(k, op.getWeights(), row, choice, w2.panel()), product);
            if (rounds)
              product = k.roundBF16(product);
          }
          return SmallVector<Value>{k.addf(carried[0], product)};
        })[0];
    Value column = k.mul(k.tileIndex, k.index(any.panel()));
    k.store(sum, k.memory(op.getResult()), {row, column}, any.outputs() % any.panel() != 0);
  });
}

void emitSharedUp(KernelBuilder &k, SharedUpOp op) {
  WeightTiles w1(k, op, op.getW1()), w3(k, op, op.getW3());
  Factor input = {k.memory(op.getInput()), {k.firstRow}};
  Value u = w1.multiply(k.tileIndex, k.rowTile, input), v = w3.multiply(k.tileIndex, k.rowTile, input);
  Value column = k.mul(k.tileIndex, k.index(w1.panel()));
  k.store(gatedUnit(k, u, v, op.getLimit(), op.getNumerics()), k.memory(op.getResult()), {k.firstRow, column},
          w1.outputs() % w1.panel() != 0);
}

} // namespace mlir::v4

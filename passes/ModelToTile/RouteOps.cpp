// Routing (specification section 6).
#include "passes/ModelToTile/KernelBuilder.h"

#include "passes/ModelToTile/Select.h"

namespace mlir::v4 {
namespace {

/// sqrt(log(1 + exp(v))); above 20 softplus is the identity, as in PyTorch.
Value sqrtSoftplus(KernelBuilder &k, Value v) {
  OpBuilder &b = k.builder;
  Value bound = k.constantLike(v, 20.0);
  Value soft = math::Log1pOp::create(b, k.loc, k.exp(k.minf(v, bound)));
  Value large = arith::CmpFOp::create(b, k.loc, arith::CmpFPredicate::OGT, v, bound);
  return math::SqrtOp::create(b, k.loc, arith::SelectOp::create(b, k.loc, large, v, soft));
}

void emitScores(KernelBuilder &k, Value logits, Value scores, int64_t experts, ScoringFunc scoring) {
  if (scoring != ScoringFunc::softmax) {
    k.forTiles(experts, k.lanes(), [&](Value offset, int64_t width) {
      Value v = k.loadF32(logits, {k.row, offset}, {width});
      k.store(scoring == ScoringFunc::sigmoid ? k.sigmoid(v) : sqrtSoftplus(k, v), scores, {k.row, offset});
    });
    return;
  }
  Value lowest = k.f32(-std::numeric_limits<float>::infinity());
  Value top = k.forLoop(k.index(0), k.index(experts), k.index(1), lowest, [&](Value i, ValueRange carried) {
    return SmallVector<Value>{k.maxf(carried[0], k.loadScalarF32(logits, {k.row, i}))};
  })[0];
  auto weight = [&](Value offset, int64_t width) {
    return k.exp(k.subf(k.loadF32(logits, {k.row, offset}, {width}), k.splat(top, {width})));
  };
  Value sum = k.sumTiles(experts, weight);
  k.forTiles(experts, k.lanes(), [&](Value offset, int64_t width) {
    k.store(k.divf(weight(offset, width), k.splat(sum, {width})), scores, {k.row, offset});
  });
}

/// Weights of the chosen experts from their unbiased scores, summed in ascending order.
void emitWeights(KernelBuilder &k, Value scores, Value indices, Value weights, int64_t chosen,
                 ScoringFunc scoring, double scaling) {
  auto score = [&](Value i) {
    return k.loadScalarF32(scores, {k.row, k.toIndex(k.loadScalar(indices, {k.row, i}))});
  };
  Value sum = k.f32(1.0); // softmax scores are not normalised again
  if (scoring != ScoringFunc::softmax)
    sum = k.forLoop(k.index(0), k.index(chosen), k.index(1), k.f32(0.0), [&](Value i, ValueRange carried) {
      return SmallVector<Value>{k.addf(carried[0], score(i))};
    })[0];
  k.forEach(k.index(0), k.index(chosen), [&](Value i) {
    k.storeScalar(k.mulf(k.divf(score(i), sum), k.f32(scaling)), weights, {k.row, i});
  });
}

} // namespace

void emitRoute(KernelBuilder &k, RouteOp op) {
  int64_t experts = rowElements(op.getScores()), chosen = rowElements(op.getIndices());
  Value scores = k.memory(op.getScores()), bias = k.memory(op.getBias()), indices = k.memory(op.getIndices());
  emitScores(k, k.memory(op.getLogits()), scores, experts, op.getScoring());
  emitSelection(
      k, {k.index(experts), chosen,
          [&](Value offset, int64_t width) {
            Value score = k.loadF32(scores, {k.row, offset}, {width}, /*masked=*/true);
            return k.addf(score, k.loadF32(bias, {offset}, {width}, /*masked=*/true));
          },
          [&](Value i) { return k.addf(k.loadScalarF32(scores, {k.row, i}), k.loadScalarF32(bias, {i})); },
          [&](Value place, Value i) { k.storeScalar(k.toI32(i), indices, {k.row, place}); }});
  emitWeights(k, scores, indices, k.memory(op.getWeights()), chosen, op.getScoring(),
              op.getScaling().convertToDouble());
}

void emitHashRoute(KernelBuilder &k, HashRouteOp op) {
  OpBuilder &b = k.builder;
  int64_t experts = rowElements(op.getScores()), chosen = rowElements(op.getIndices());
  Value scores = k.memory(op.getScores()), table = k.memory(op.getTable()),
        indices = k.memory(op.getIndices());
  emitScores(k, k.memory(op.getLogits()), scores, experts, op.getScoring());
  Value token = k.rowId(op.getTokens(), k.row);
  // Each expert's place is the number of smaller ones; equal ones keep the table's order.
  k.forEach(k.index(0), k.index(chosen), [&](Value i) {
    Value mine = k.loadScalar(table, {token, i});
    Value place =
        k.forLoop(k.index(0), k.index(chosen), k.index(1), k.index(0), [&](Value j, ValueRange carried) {
          Value other = k.loadScalar(table, {token, j});
          Value equal = arith::CmpIOp::create(b, k.loc, arith::CmpIPredicate::eq, other, mine);
          Value earlier = arith::AndIOp::create(b, k.loc, equal, k.less(j, i));
          Value before = arith::OrIOp::create(b, k.loc, k.less(other, mine), earlier);
          Value next = k.add(carried[0], k.index(1));
          return SmallVector<Value>{arith::SelectOp::create(b, k.loc, before, next, carried[0])};
        })[0];
    k.storeScalar(mine, indices, {k.row, place});
  });
  emitWeights(k, scores, indices, k.memory(op.getWeights()), chosen, op.getScoring(),
              op.getScaling().convertToDouble());
}

} // namespace mlir::v4

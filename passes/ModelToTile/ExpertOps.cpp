// Experts (specification section 6): row by row, or expert by expert.
#include "passes/ModelToTile/KernelBuilder.h"

#include "passes/ModelToTile/ExpertRows.h"
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

void storeGated(KernelBuilder &k, ExpertUpOp op, Value u, Value v, Value row, Value choice, Value panel,
                const WeightTiles &w1) {
  Value z = gatedUnit(k, u, v, op.getLimit(), op.getNumerics());
  if (op.getWeights())
    z = k.mulf(routingWeight(k, op.getWeights(), row, choice, w1.panel()), z);
  Value column = k.mul(panel, k.index(w1.panel()));
  k.store(z, k.memory(op.getResult()), {row, choice, column}, w1.outputs() % w1.panel() != 0);
}

} // namespace

// One row after the other: decode steps, and GPUs
// ------------------------------------------------------------------

static void upEachRow(KernelBuilder &k, ExpertUpOp op) {
  WeightTiles any(k, op, op.getW1(), k.index(0));
  Value tiles = k.index(llvm::divideCeil(any.outputs(), getOutputTile(op)));
  Value choice = k.div(k.tileIndex, tiles), tile = k.rem(k.tileIndex, tiles);
  k.forRows([&](Value row) {
    Value expert = k.toIndex(k.loadScalar(k.memory(op.getIndices()), {row, choice}));
    WeightTiles w1(k, op, op.getW1(), expert), w3(k, op, op.getW3(), expert);
    Factor input = {k.memory(op.getInput()), {row}};
    k.forPanels(op, tile, w1.panel(), [&](Value panel) {
      Value u = w1.multiply(panel, 1, input), v = w3.multiply(panel, 1, input);
      storeGated(k, op, u, v, row, choice, panel, w1);
    });
  });
}

/// Products of a row's choices, summed in their order.
static Value sumOfChoices(KernelBuilder &k, ExpertDownOp op, Value row, int64_t panel,
                          function_ref<Value(Value choice)> productOf) {
  int64_t choices = cast<RankedTensorType>(op.getIndices().getType()).getDimSize(1);
  bool rounds = roundsProducts(op.getNumerics());
  Value zero = k.constant(0.0, {1, panel});
  return k.forLoop(k.index(0), k.index(choices), k.index(1), zero, [&](Value choice, ValueRange carried) {
    Value product = productOf(choice);
    if (rounds)
      product = k.roundBF16(product);
    if (op.getWeights()) {
      product = k.mulf(routingWeight(k, op.getWeights(), row, choice, panel), product);
      if (rounds)
        product = k.roundBF16(product);
    }
    return SmallVector<Value>{k.addf(carried[0], product)};
  })[0];
}

static void storeSum(KernelBuilder &k, ExpertDownOp op, Value sum, Value row, const WeightTiles &w2) {
  Value column = k.mul(k.tileIndex, k.index(w2.panel()));
  k.store(sum, k.memory(op.getResult()), {row, column}, w2.outputs() % w2.panel() != 0);
}

/// The panel that is multiplied by after one of an expert: the same one of the next expert, or after the last
/// expert likely the first one's next, by the next program.
static Value panelAfter(KernelBuilder &k, Value isLast, const WeightTiles &weight) {
  Value next = k.rem(k.add(k.tileIndex, k.index(1)), k.index(weight.panels()));
  return arith::SelectOp::create(k.builder, k.loc, isLast, next, k.tileIndex);
}

static void downEachRow(KernelBuilder &k, ExpertDownOp op) {
  int64_t choices = cast<RankedTensorType>(op.getIndices().getType()).getDimSize(1);
  k.forRows([&](Value row) {
    WeightTiles any(k, op, op.getW2(), k.index(0));
    Value sum = sumOfChoices(k, op, row, any.panel(), [&](Value choice) {
      Value expert = k.toIndex(k.loadScalar(k.memory(op.getIndices()), {row, choice}));
      WeightTiles w2(k, op, op.getW2(), expert);
      if (op.getDigits()) {
        Value next = k.add(choice, k.index(1)), isLast = k.less(k.index(choices - 2), choice);
        next = arith::SelectOp::create(k.builder, k.loc, isLast, k.index(0), next);
        w2.comesNext(k.toIndex(k.loadScalar(k.memory(op.getIndices()), {row, next})),
                     panelAfter(k, isLast, w2));
      }
      return w2.multiply(k.tileIndex, 1, {k.memory(op.getInput()), {row, choice}});
    });
    storeSum(k, op, sum, row, any);
  });
}

// Expert by expert: all rows that an expert has are multiplied by its weights together
// ------------------------------------------------------------------

static void upByExpert(KernelBuilder &k, ExpertUpOp op) {
  WeightTiles any(k, op, op.getW1(), k.index(0));
  int64_t choices = cast<RankedTensorType>(op.getIndices().getType()).getDimSize(1);
  int64_t tiles = llvm::divideCeil(any.outputs(), getOutputTile(op));
  Value expert = k.div(k.tileIndex, k.index(tiles)), tile = k.rem(k.tileIndex, k.index(tiles));
  k.routed = routedRows(k, k.memory(op.getIndices()), choices, expert);
  k.routed.tile = tile, k.routed.tiles = tiles;
  k.ifThen(k.less(k.index(0), k.routed.count), [&] {
    WeightTiles w1(k, op, op.getW1(), expert), w3(k, op, op.getW3(), expert);
    auto numberOf = [&](Value i) { return k.toIndex(k.loadScalar(k.routed.numbers, {i, k.index(0)})); };
    auto rowAt = [&](Value i) { return SmallVector<Value>{k.div(numberOf(i), k.index(choices))}; };
    ManyRows input = {k.memory(op.getInput()), rowAt};
    k.forPanels(op, tile, w1.panel(), [&](Value panel) {
      SmallVector<Value> uv = WeightTiles::multiplyMany({{w1, panel}, {w3, panel}}, k.routed.count, input);
      k.forEach(k.index(0), k.routed.count, [&](Value i) {
        Value number = numberOf(i);
        SmallVector<Value> at = {i, k.index(0)};
        storeGated(k, op, k.load(uv[0], at, {1, w1.panel()}), k.load(uv[1], at, {1, w1.panel()}),
                   k.div(number, k.index(choices)), k.rem(number, k.index(choices)), panel, w1);
      });
    });
  });
}

static void downByExpert(KernelBuilder &k, ExpertDownOp op) {
  WeightTiles any(k, op, op.getW2(), k.index(0));
  int64_t choices = cast<RankedTensorType>(op.getIndices().getType()).getDimSize(1);
  int64_t experts = cast<WeightType>(op.getW2().getType()).getStack();
  ExpertLists lists = listsByExpert(k, k.memory(op.getIndices()), choices, experts);
  // The sum over a row's choices wants their order, not that of the experts.
  Value products = k.programMemory("products", {k.rowTile * choices, any.panel()});
  k.forEach(k.index(0), lists.count, [&](Value number) {
    Value expert = lists.expert(k, number);
    WeightTiles w2(k, op, op.getW2(), expert);
    if (op.getDigits()) {
      Value next = k.add(number, k.index(1));
      Value isLast = arith::CmpIOp::create(k.builder, k.loc, arith::CmpIPredicate::eq, next, lists.count);
      w2.comesNext(lists.expert(k, next), panelAfter(k, isLast, w2));
    }
    Value end = lists.end(k, expert);
    k.forLoop(lists.begin(k, expert), end, k.index(k.rowTile), {},
              [&](Value first, ValueRange) -> SmallVector<Value> {
                Value count = arith::MinSIOp::create(k.builder, k.loc, k.index(k.rowTile), k.sub(end, first));
                auto numberOf = [&](Value i) {
                  return k.toIndex(k.loadScalar(lists.numbers, {k.add(first, i), k.index(0)}));
                };
                auto rowAt = [&](Value i) {
                  Value number = numberOf(i);
                  return SmallVector<Value>{k.add(k.firstRow, k.div(number, k.index(choices))),
                                            k.rem(number, k.index(choices))};
                };
                ManyRows input = {k.memory(op.getInput()), rowAt};
                Value sums = WeightTiles::multiplyMany({{w2, k.tileIndex}}, count, input).front();
                k.forEach(k.index(0), count, [&](Value i) {
                  k.store(k.load(sums, {i, k.index(0)}, {1, w2.panel()}), products,
                          {numberOf(i), k.index(0)});
                });
                return {};
              });
  });
  k.forRows([&](Value row) {
    Value first = k.mul(k.sub(row, k.firstRow), k.index(choices));
    Value sum = sumOfChoices(k, op, row, any.panel(), [&](Value choice) {
      return k.load(products, {k.add(first, choice), k.index(0)}, {1, any.panel()});
    });
    storeSum(k, op, sum, row, any);
  });
}

void emitExpertUp(KernelBuilder &k, ExpertUpOp op) {
  k.takesManyRows() ? upByExpert(k, op) : upEachRow(k, op);
}

void emitExpertDown(KernelBuilder &k, ExpertDownOp op) {
  k.takesManyRows() ? downByExpert(k, op) : downEachRow(k, op);
}

void emitSharedUp(KernelBuilder &k, SharedUpOp op) {
  WeightTiles w1(k, op, op.getW1()), w3(k, op, op.getW3());
  Value column = k.mul(k.tileIndex, k.index(w1.panel()));
  bool ragged = w1.outputs() % w1.panel() != 0;
  auto store = [&](Value u, Value v, Value row) {
    k.store(gatedUnit(k, u, v, op.getLimit(), op.getNumerics()), k.memory(op.getResult()), {row, column},
            ragged);
  };
  if (!k.takesManyRows()) {
    Factor input = w1.prepare({k.memory(op.getInput()), {k.firstRow}});
    return store(w1.multiply(k.tileIndex, k.rowTile, input), w3.multiply(k.tileIndex, k.rowTile, input),
                 k.firstRow);
  }
  ManyRows input = {k.memory(op.getInput()),
                    [&](Value i) { return SmallVector<Value>{k.add(k.firstRow, i)}; }};
  Value count = k.rowCount();
  SmallVector<Value> uv = WeightTiles::multiplyMany({{w1, k.tileIndex}, {w3, k.tileIndex}}, count, input);
  k.forEach(k.index(0), count, [&](Value i) {
    SmallVector<Value> at = {i, k.index(0)};
    store(k.load(uv[0], at, {1, w1.panel()}), k.load(uv[1], at, {1, w1.panel()}), k.add(k.firstRow, i));
  });
}

} // namespace mlir::v4

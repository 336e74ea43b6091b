// mHC (specification section 3).
#include "passes/ModelToTile/KernelBuilder.h"

#include "passes/ModelToTile/WeightTiles.h"

namespace mlir::v4 {
namespace {

/// The projection m = (fn X) * rsqrt(mean(X^2) + eps) of a row's flattened streams, in scratch memory. `fn`
/// may be the product already.
Value mixStreams(KernelBuilder &k, Operation *op, Value streams, Value fn, APFloat normEps) {
  int64_t size = rowElements(streams);
  Value memory = k.memory(streams);
  Value scale = k.inverseRms(k.sumOfSquares(memory, k.row, k.index(0), size), size, normEps);
  if (!isa<WeightType>(fn.getType())) {
    int64_t count = rowElements(fn);
    Value mix = k.scratch({1, count}), m = k.loadF32(k.memory(fn), {k.row, k.index(0)}, {1, count});
    k.store(k.mulf(m, k.splat(scale, {1, count})), mix, {k.index(0), k.index(0)});
    return mix;
  }
  WeightTiles weight(k, op, fn);
  Value mix = k.scratch({1, weight.panels() * weight.panel()});
  for (auto [panel, m] : llvm::enumerate(weight.multiplyAll({memory, {k.row}}))) {
    Value normed = k.mulf(m, k.splat(scale, {1, weight.panel()}));
    k.store(normed, mix, {k.index(0), k.index(panel * weight.panel())});
  }
  return mix;
}

/// m * scale + base of `count` values of the mix that starts at `first`.
Value gate(KernelBuilder &k, Value mix, Value scaleMemory, int64_t scaleIndex, Value base, int64_t first,
           int64_t count) {
  Value m = k.load(mix, {k.index(0), k.index(first)}, {count});
  Value scale = k.splat(k.loadScalarF32(scaleMemory, {k.index(scaleIndex)}), {count});
  return k.addf(k.mulf(m, scale), k.loadF32(base, {k.index(first)}, {count}));
}

/// Makes rows and columns of the n x n matrix sum to one by turns, columns last. `rows`: n tiles of n.
SmallVector<Value> sinkhorn(KernelBuilder &k, SmallVector<Value> rows, int64_t iters, double eps) {
  int64_t n = rows.size();
  auto balanceRows = [&](MutableArrayRef<Value> c) {
    for (Value &r : c)
      r = k.divf(r, k.splat(k.addf(k.reduce(tile::ReduceKind::add, r), k.f32(eps)), {n}));
  };
  auto balanceColumns = [&](MutableArrayRef<Value> c) {
    Value sum = c[0];
    for (Value r : c.drop_front())
      sum = k.addf(sum, r);
    sum = k.addf(sum, k.constant(eps, {n}));
    for (Value &r : c)
      r = k.divf(r, sum);
  };
  for (Value &r : rows) {
    Value top = k.splat(k.reduce(tile::ReduceKind::max, r), {n});
    Value e = k.exp(k.subf(r, top));
    r = k.addf(k.divf(e, k.splat(k.reduce(tile::ReduceKind::add, e), {n})), k.constant(eps, {n}));
  }
  balanceColumns(rows);
  return k.forLoop(k.index(1), k.index(iters), k.index(1), rows, [&](Value, ValueRange carried) {
    SmallVector<Value> c(carried);
    balanceRows(c);
    balanceColumns(c);
    return c;
  });
}

/// result[i] = sum_k weights[k] * streams[k, i], k ascending.
void collapse(KernelBuilder &k, Value streams, ArrayRef<Value> weights, Value result, int64_t size) {
  k.forTiles(size, k.lanes(), [&](Value offset, int64_t width) {
    Value sum = k.constant(0.0, {width});
    for (auto [stream, weight] : llvm::enumerate(weights)) {
      Value column = k.add(k.index(stream * size), offset);
      sum = k.fma(k.splat(weight, {width}), k.loadF32(streams, {k.row, column}, {width}), sum);
    }
    k.store(sum, result, {k.row, offset});
  });
}

/// The first `count` numbers of a row.
SmallVector<Value> loadScalars(KernelBuilder &k, Value memory, Value row, int64_t count) {
  SmallVector<Value> values;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(k.loadScalarF32(memory, {row, k.index(i)}));
  return values;
}

using TileBody = KernelBuilder::TileBody;

/// Spreads `row` of what a sublayer made over its streams, in the tiles that `forTiles` goes through.
void spread(KernelBuilder &k, HcPostOp op, Value row, function_ref<void(TileBody)> forTiles) {
  int64_t size = rowElements(op.getOutput()), n = rowElements(op.getStreams()) / size;
  Value output = k.memory(op.getOutput()), streams = k.memory(op.getStreams()),
        result = k.memory(op.getResult());
  SmallVector<Value> post = loadScalars(k, k.memory(op.getPost()), row, n);
  SmallVector<Value> comb = loadScalars(k, k.memory(op.getComb()), row, n * n);
  if (op.getNumerics().getOption("mhc") == "bf16")
    for (Value &weight : llvm::concat<Value>(post, comb))
      weight = k.roundBF16(weight);
  forTiles([&](Value offset, int64_t width) {
    Value y = k.loadF32(output, {row, offset}, {width});
    SmallVector<Value> h;
    for (int64_t j = 0; j < n; ++j)
      h.push_back(k.loadF32(streams, {row, k.add(k.index(j * size), offset)}, {width}));
    for (int64_t stream = 0; stream < n; ++stream) {
      // The first index of comb is the stream that is read.
      Value sum = k.mulf(k.splat(post[stream], {width}), y);
      for (int64_t j = 0; j < n; ++j)
        sum = k.fma(k.splat(comb[j * n + stream], {width}), h[j], sum);
      k.store(sum, result, {row, k.add(k.index(stream * size), offset)});
    }
  });
}

} // namespace

void emitHcExpand(KernelBuilder &k, HcExpandOp op) {
  int64_t size = rowElements(op.getInput());
  int64_t streams = rowElements(op.getResult()) / size;
  for (int64_t stream = 0; stream < streams; ++stream)
    k.copy(k.memory(op.getInput()), {k.row, k.index(0)}, k.memory(op.getResult()),
           {k.row, k.index(stream * size)}, size);
}

void emitHcPre(KernelBuilder &k, HcPreOp op) {
  int64_t size = rowElements(op.getCollapsed());
  int64_t n = rowElements(op.getStreams()) / size;
  double eps = op.getEps().convertToDouble();
  Value base = k.memory(op.getBase()), scale = k.memory(op.getScale());
  Value pre = k.memory(op.getPre());
  Value mix = mixStreams(k, op, op.getStreams(), op.getFn(), op.getNormEps());

  Value preTile = k.sigmoid(gate(k, mix, scale, 0, base, 0, n));
  k.store(k.addf(preTile, k.constant(eps, {n})), pre, {k.row, k.index(0)});
  Value postTile = k.sigmoid(gate(k, mix, scale, 1, base, n, n));
  k.store(k.mulf(postTile, k.constant(2.0, {n})), k.memory(op.getPost()), {k.row, k.index(0)});
  SmallVector<Value> rows;
  for (int64_t j = 0; j < n; ++j)
    rows.push_back(gate(k, mix, scale, 2, base, (2 + j) * n, n));
  for (auto [j, tile] : llvm::enumerate(sinkhorn(k, rows, op.getIters(), eps)))
    k.store(tile, k.memory(op.getComb()), {k.row, k.index(j * n)});
  collapse(k, k.memory(op.getStreams()), loadScalars(k, pre, k.row, n), k.memory(op.getCollapsed()), size);
}

void emitHcPost(KernelBuilder &k, HcPostOp op) {
  int64_t size = rowElements(op.getOutput());
  if (!op.getWithOutputs())
    return spread(k, op, k.row, [&](TileBody body) { k.forTiles(size, k.lanes(), body); });
  int64_t width = getOutputTile(op), whole = size / width, left = size % width;
  k.forRows([&](Value row) {
    spread(k, op, row, [&](TileBody body) {
      Value first = k.mul(k.tileIndex, k.index(width));
      if (left == 0)
        return body(first, width);
      if (whole > 0)
        k.ifThen(k.less(k.tileIndex, k.index(whole)), [&] { body(first, width); });
      k.ifThen(k.less(k.index(whole - 1), k.tileIndex), [&] { body(first, left); });
    });
  });
}

void emitHcHead(KernelBuilder &k, HcHeadOp op) {
  int64_t size = rowElements(op.getResult());
  int64_t n = rowElements(op.getStreams()) / size;
  Value mix = mixStreams(k, op, op.getStreams(), op.getFn(), op.getNormEps());
  Value tile = k.sigmoid(gate(k, mix, k.memory(op.getScale()), 0, k.memory(op.getBase()), 0, n));
  k.store(k.addf(tile, k.constant(op.getEps().convertToDouble(), {n})), mix, {k.index(0), k.index(0)});
  collapse(k, k.memory(op.getStreams()), loadScalars(k, mix, k.index(0), n), k.memory(op.getResult()), size);
}

} // namespace mlir::v4

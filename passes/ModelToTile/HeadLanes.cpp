// Attention on CPUs. Scores have heads in their lanes, so that maxima, exponents and sums need no steps
// across lanes; values have the dimension in theirs. Keys are widened for either product, which is little
// beside the products; so all scores are known before any is rounded to a share.
#include "passes/ModelToTile/BlockAttention.h"

#include "llvm/ADT/TypeSwitch.h"

namespace mlir::v4 {
namespace {

/// Elements behind a widened key: rows a power of two apart would share few sets of the cache.
constexpr int64_t kPad = 16;
/// Bytes of a tile of widened keys at most.
constexpr int64_t kTileBytes = 256 * 1024;

class HeadLanes {
public:
  HeadLanes(KernelBuilder &k, const HeadBlock &block, int64_t size)
      : k(k), block(block), heads(k.headTile), size(size), width(size + kPad), keys(k.keys()) {
    while (keys > kDotRows && keys * width * 4 > kTileBytes)
      keys /= 2;
    keys = std::max<int64_t>(keys / kDotRows, 1) * kDotRows;
    query = k.scratch({size, heads});
    tile = k.scratch({keys, width});
    scores = k.scratch({keys, heads});
    values = k.scratch({heads, width});
    factors = k.scratch({heads});
    int64_t places = 0;
    for (const KeyRange &range : block.ranges)
      places += range.most;
    allScores = k.scratch({places, heads});
  }

  void run() {
    turnQuery();
    clear();
    Value top = negativeInfinity(), sum = k.constant(0.0, {heads});
    top =
        overTiles(top, [&](Value count, Value place, Value carried) { return score(count, place, carried); });
    sum = overTiles(
        sum, [&](Value count, Value place, Value carried) { return weigh(count, place, top, carried); });
    finish(top, sum);
  }

private:
  Value negativeInfinity() { return k.constant(-std::numeric_limits<float>::infinity(), {heads}); }
  Value zero() { return k.index(0); }

  void turnQuery() {
    k.forEach(zero(), k.index(heads), [&](Value head) {
      Value first = k.mul(k.add(k.firstHead, head), k.index(size));
      k.forTiles(size, 16, [&](Value offset, int64_t lanes) {
        Value part = k.loadF32(block.query, {k.row, k.add(first, offset)}, {lanes});
        k.storeColumn(part, query, {offset, head});
      });
    });
  }

  /// What products read or add to beyond the heads and beyond a key.
  void clear() {
    auto clearRows = [&](Value memory) {
      auto type = cast<MemRefType>(memory.getType());
      k.forEach(zero(), k.index(type.getDimSize(0)),
                [&](Value row) { clearRow(memory, row, type.getDimSize(1)); });
    };
    clearRows(tile);
    clearRows(values);
  }

  void clearRow(Value memory, Value row, int64_t columns) {
    k.forTiles(columns, 16, [&](Value offset, int64_t lanes) {
      k.store(k.constant(0.0, {lanes}), memory, {row, offset});
    });
  }

  /// The tile's keys that are there, one behind the other; how many.
  Value widenKeys(const KeyRange &range, Value first) {
    Value end = arith::MinUIOp::create(k.builder, k.loc, k.add(first, k.index(keys)), range.end);
    if (!range.hasGaps) {
      k.forEach(first, end, [&](Value number) {
        widenKey(k, range.keys, block.slot, k.toIndex(range.row(number)), tile, k.sub(number, first));
      });
      return k.sub(end, first);
    }
    return k.forLoop(first, end, k.index(1), zero(), [&](Value number, ValueRange carried) {
      Value row = range.row(number);
      Value present = arith::CmpIOp::create(k.builder, k.loc, arith::CmpIPredicate::sge, row, k.i32(0));
      k.ifThen(present, [&] { widenKey(k, range.keys, block.slot, k.toIndex(row), tile, carried[0]); });
      Value next = k.add(carried[0], k.index(1));
      return SmallVector<Value>{arith::SelectOp::create(k.builder, k.loc, present, next, carried[0])};
    })[0];
  }

  /// `body` for every tile of keys, widened; it takes the number of keys and the place of their scores.
  Value overTiles(Value init, function_ref<Value(Value count, Value place, Value carried)> body) {
    int64_t first = 0;
    for (const KeyRange &range : block.ranges) {
      init = k.forLoop(range.begin, range.end, k.index(keys), init, [&](Value number, ValueRange carried) {
        Value place = k.add(k.sub(number, range.begin), k.index(first));
        return SmallVector<Value>{body(widenKeys(range, number), place, carried[0])};
      })[0];
      first += range.most;
    }
    return init;
  }

  /// The keys' scores, and the largest until now.
  Value score(Value count, Value place, Value top) {
    k.forEach(zero(), count, [&](Value key) { clearRow(scores, key, heads); });
    k.dotRows(tile, query, scores, k.wholeDotRows(count));
    Value scale = k.constant(block.scale.convertToDouble(), {heads});
    return overKeys(count, top, [&](Value key, Value carried) {
      Value z = k.mulf(k.load(scores, {key, zero()}, {heads}), scale);
      k.store(z, allScores, {k.add(place, key), zero()});
      return k.maxf(carried, z);
    });
  }

  /// Adds the keys by their weights; the sum of these until now, which has them unrounded.
  Value weigh(Value count, Value place, Value top, Value sum) {
    sum = overKeys(count, sum, [&](Value key, Value carried) {
      Value p = k.exp(k.subf(k.load(allScores, {k.add(place, key), zero()}, {heads}), top));
      k.store(block.rounds ? k.roundBF16(p) : p, scores, {key, zero()});
      return k.addf(carried, p);
    });
    // Keys of the tile before weigh nothing.
    k.forEach(count, k.index(keys), [&](Value key) { clearRow(scores, key, heads); });
    k.dotRows(scores, tile, values, k.index(heads), /*turned=*/true);
    return sum;
  }

  Value overKeys(Value count, Value init, function_ref<Value(Value key, Value carried)> body) {
    return k.forLoop(zero(), count, k.index(1), init, [&](Value key, ValueRange carried) {
      return SmallVector<Value>{body(key, carried[0])};
    })[0];
  }

  void finish(Value top, Value sum) {
    // The sink has a weight and no value.
    Value sink = k.loadF32(block.sink, {k.firstHead}, {heads});
    k.store(k.addf(sum, k.exp(k.subf(sink, top))), factors, {zero()});
    k.forEach(zero(), k.index(heads), [&](Value head) {
      Value factor = k.loadScalar(factors, {head}), column = k.mul(k.add(k.firstHead, head), k.index(size));
      k.forTiles(size, 16, [&](Value offset, int64_t lanes) {
        Value value = k.load(values, {head, offset}, {lanes});
        k.store(k.divf(value, k.splat(factor, {lanes})), block.output, {k.row, k.add(column, offset)});
      });
    });
  }

  KernelBuilder &k;
  const HeadBlock &block;
  int64_t heads, size, width, keys; // of the program; width: of a widened key
  Value query;                      // [size, heads]
  Value tile, scores;               // [keys, width], [keys, heads]; scores become weights
  Value allScores;                  // [keys of the list, heads]
  Value values;                     // [heads, width]
  Value factors;                    // [heads]
};

} // namespace

void attendHeadLanes(KernelBuilder &k, const HeadBlock &block, int64_t size) {
  HeadLanes(k, block, size).run();
}

int64_t getMostHeadLanes(Operation *op) {
  constexpr int64_t kBytes = 1 << 20; // of a scratch memory at most
  auto heads = [](int64_t window, int64_t entries) {
    return std::max<int64_t>(kBytes / 4 / (window + entries), 1);
  };
  return llvm::TypeSwitch<Operation *, int64_t>(op)
      .Case([&](WindowAttentionOp attention) { return heads(attention.getWindow(), 0); })
      .Case([&](CsaAttentionOp attention) {
        return heads(attention.getWindow(), rowElements(attention.getTopk()));
      })
      .Case([&](HcaAttentionOp attention) {
        return heads(attention.getWindow(), cast<EntriesType>(attention.getEntries().getType()).getRows());
      })
      .Default(std::numeric_limits<int64_t>::max());
}

} // namespace mlir::v4

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
/// Keys that `tile.dot_rows` multiplies together by heads of one vector: so many multiply-adds at a time hide
/// their latency.
constexpr int64_t kTogether = 8;
/// Elements of a key that are multiplied before the next ones are: the query's stay in the first cache.
constexpr int64_t kPart = 128;

class HeadLanes {
public:
  HeadLanes(KernelBuilder &k, const HeadBlock &block, int64_t size)
      : k(k), block(block), heads(k.headTile), size(size), width(size + kPad), keys(k.keys()) {
    while (keys > kTogether && keys * width * 4 > kTileBytes)
      keys /= 2;
    keys = std::max<int64_t>(keys / kTogether, 1) * kTogether;
    part = size % kPart == 0 ? kPart : size;
    for (int64_t first = 0; first < size; first += part)
      query.push_back(k.scratch({part, heads}));
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
    k.forEach(zero(), k.index(heads), [&](Value head) { clearRow(values, head, width); });
    k.forEach(zero(), k.index(keys),
              [&](Value key) { k.store(k.constant(0.0, {kPad}), tile, {key, k.index(size)}); });
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

  /// `body` for each part of the query, which holds elements from `begin` on.
  void forParts(function_ref<void(Value memory, Value begin)> body) {
    for (auto [i, memory] : llvm::enumerate(query))
      body(memory, k.index(i * part));
  }

  void turnQuery() {
    auto type = cast<MemRefType>(block.query.getType());
    if (llvm::isPowerOf2_64(heads) && part % heads == 0) {
      Value byHead = k.viewHeads(block.query, type.getDimSize(1) / size, size);
      forParts([&](Value memory, Value begin) {
        k.forTiles(part, heads, [&](Value offset, int64_t) {
          Value square = k.loadF32(byHead, {k.row, k.firstHead, k.add(begin, offset)}, {heads, heads});
          k.store(k.transpose(square), memory, {offset, zero()});
        });
      });
      return;
    }
    k.forEach(zero(), k.index(heads), [&](Value head) {
      Value first = k.mul(k.add(k.firstHead, head), k.index(size));
      forParts([&](Value memory, Value begin) {
        k.forTiles(part, 16, [&](Value offset, int64_t lanes) {
          Value column = k.add(k.add(first, begin), offset);
          k.storeColumn(k.loadF32(block.query, {k.row, column}, {lanes}), memory, {offset, head});
        });
      });
    });
  }

  void clearRow(Value memory, Value row, int64_t columns) {
    k.forTiles(columns, 16, [&](Value offset, int64_t lanes) {
      k.store(k.constant(0.0, {lanes}), memory, {row, offset});
    });
  }

  /// The tile's keys that are there, one behind the other, and zeros behind them; how many.
  Value widenTile(const KeyRange &range, Value first) {
    Value count = widenKeys(range, first);
    k.forEach(count, k.index(keys), [&](Value key) { clearRow(tile, key, width); });
    return count;
  }

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
        return SmallVector<Value>{body(widenTile(range, number), place, carried[0])};
      })[0];
      first += range.most;
    }
    return init;
  }

  /// The keys' scores, and the largest until now.
  Value score(Value count, Value place, Value top) {
    Value whole = k.wholeDotRows(count, kTogether);
    k.forEach(zero(), whole, [&](Value key) { clearRow(scores, key, heads); });
    forParts([&](Value memory, Value begin) { k.dotRows(tile, memory, scores, whole, begin); });
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
    k.dotRows(scores, tile, values, k.index(heads), /*column=*/{}, /*turned=*/true);
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
  int64_t part;                     // of a key's elements
  SmallVector<Value> query;         // of each part: [part, heads]
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

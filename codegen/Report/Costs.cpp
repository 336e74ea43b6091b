#include "codegen/Report/Costs.h"

#include <algorithm>

namespace mlir::v4 {

namespace {

// Keys are E4M3 with a scale byte for 64, BF16 where rotated; index keys E2M1 with a scale byte for 32.
constexpr double kKeyBlock = 64;
constexpr double kIndexBlock = 32;

double keyBytes(const ModelConfig &c) {
  double plain = c.headDim - c.ropeDims;
  double scales = (plain + kKeyBlock - 1) / kKeyBlock;
  return plain + 2.0 * c.ropeDims + static_cast<int64_t>(scales) + 1; // one byte of padding
}

double indexKeyBytes(const ModelConfig &c) {
  return c.indexHeadDim / 2.0 + static_cast<int64_t>((c.indexHeadDim + kIndexBlock - 1) / kIndexBlock);
}

struct V32 {
  double hidden = 7168, layers = 61, denseLayers = 3, denseSize = 18432, heads = 128, qRank = 1536,
         kvRank = 512;
  double plainDims = 128, ropeDims = 64, valueDims = 128, indexHeads = 64, indexDim = 128, indexTopk = 2048;
  double experts = 256, expertsPerToken = 8, expertSize = 2048, vocabulary = 129280;
};

} // namespace

double ParameterCosts::total() const {
  double sum = 0;
  for (const PartCost *part : {&attention, &csa, &hca, &indexer, &experts, &shared, &gate, &hyperConnections,
                               &embedding, &head, &other})
    sum += part->total;
  return sum;
}

double ParameterCosts::active() const {
  double sum = 0;
  for (const PartCost *part : {&attention, &csa, &hca, &indexer, &experts, &shared, &gate, &hyperConnections,
                               &embedding, &head, &other})
    sum += part->active;
  return sum;
}

ParameterCosts countParameters(const ModelConfig &c) {
  ParameterCosts p;
  double hidden = c.hiddenSize, layers = c.layers, groupRank = double(c.outputGroups) * c.outputLoraRank;
  auto add = [](PartCost &part, double count, double share = 1) {
    part.total += count;
    part.active += count * share;
  };
  add(p.attention,
      layers * (hidden * c.qLoraRank + double(c.qLoraRank) * c.heads * c.headDim + hidden * c.headDim +
                groupRank * (c.heads / c.outputGroups) * c.headDim + groupRank * hidden));
  for (int64_t layer = 0; layer < c.layers; ++layer) {
    if (!c.hasCompressor(layer))
      continue;
    double width = c.hasIndexer(layer) ? 2 : 1; // overlapping blocks project twice
    add(c.hasIndexer(layer) ? p.csa : p.hca, 2 * width * c.headDim * hidden);
    add(p.other, width * c.headDim * c.ratios[layer] + c.headDim, 0);
    if (!c.hasIndexer(layer))
      continue;
    double wide = 2 * width * c.indexHeadDim * hidden + c.indexHeads * hidden;
    p.indexerWide += wide;
    add(p.indexer, wide + double(c.qLoraRank) * c.indexHeads * c.indexHeadDim);
    add(p.other, width * c.indexHeadDim * c.ratios[layer] + c.indexHeadDim, 0);
  }
  double expert = 3 * hidden * c.expertSize;
  add(p.experts, layers * c.experts * expert, double(c.expertsPerToken) / c.experts);
  add(p.shared, layers * expert);
  add(p.gate, layers * c.experts * hidden);
  add(p.hyperConnections, (2 * layers * c.hcRows() + c.streams) * c.streams * hidden);
  add(p.embedding, c.vocabSize * hidden, 0);
  add(p.head, c.vocabSize * hidden);
  add(p.other, layers * (2 * hidden + c.qLoraRank + c.headDim + c.heads + 2 * (c.hcRows() + 3)), 0);
  add(p.other, (layers - std::min(layers, double(c.hashLayers))) * c.experts + hidden + c.streams + 1, 0);
  p.activeWide =
      p.csa.active + p.hca.active + p.indexerWide + p.gate.active + p.hyperConnections.active + p.head.active;
  return p;
}

TokenCosts countTokenCosts(const ModelConfig &c, double context) {
  TokenCosts t;
  ParameterCosts p = countParameters(c);
  t.products = 2 * p.active();
  t.wideProducts = 2 * p.activeWide;
  t.indexerWeight = 0.5;
  double row = 4.0 * c.heads * c.headDim; // scores and values
  for (int64_t layer = 0; layer < c.layers; ++layer) {
    t.window += row * std::min<double>(c.window, context);
    if (!c.hasCompressor(layer))
      continue;
    double entries = context / c.ratios[layer];
    if (c.hasIndexer(layer)) {
      t.indexer += 2.0 * c.indexHeads * c.indexHeadDim * entries;
      t.csa += row * std::min<double>(c.indexTopk, entries);
    } else {
      t.hca += row * entries;
    }
  }
  return t;
}

CacheCosts countCache(const ModelConfig &c) {
  CacheCosts cache;
  constexpr double kF32 = 4;
  for (int64_t layer = 0; layer < c.layers; ++layer) {
    double ratio = c.ratios[layer];
    cache.window += c.window * keyBytes(c);
    if (c.hasIndexer(layer)) {
      cache.csa += keyBytes(c) / ratio;
      cache.indexKeys += indexKeyBytes(c) / ratio;
      // Values and gates of two blocks, each row as wide as two.
      cache.compressors += 2 * kF32 * (2 * ratio) * (2 * (c.headDim + c.indexHeadDim));
    } else if (c.hasCompressor(layer)) {
      cache.hca += keyBytes(c) / ratio;
      cache.compressors += 2 * kF32 * ratio * c.headDim;
    }
  }
  return cache;
}

double cachedBytesPerToken(const ModelConfig &c) { return countCache(c).growing(); }

double cacheBytesRead(const ModelConfig &c, double context) {
  double keys = 0, indexKeys = 0;
  for (int64_t layer = 0; layer < c.layers; ++layer) {
    keys += std::min<double>(c.window, context);
    if (c.hasIndexer(layer)) {
      keys += std::min<double>(c.indexTopk, context / c.ratios[layer]);
      indexKeys += context / c.ratios[layer];
    } else if (c.hasCompressor(layer)) {
      keys += context / c.ratios[layer];
    }
  }
  return keys * keyBytes(c) + indexKeys * indexKeyBytes(c);
}

double activeParametersOfV32() {
  V32 m;
  double attention = m.hidden * m.qRank + m.qRank * m.heads * (m.plainDims + m.ropeDims) +
                     m.hidden * (m.kvRank + m.ropeDims) + m.kvRank * m.heads * (m.plainDims + m.valueDims) +
                     m.heads * m.valueDims * m.hidden;
  double indexer = m.qRank * m.indexHeads * m.indexDim + m.hidden * (m.indexDim + m.indexHeads);
  double sparse = (m.expertsPerToken + 1) * 3 * m.hidden * m.expertSize + m.experts * m.hidden;
  return m.layers * (attention + indexer) + m.denseLayers * 3 * m.hidden * m.denseSize +
         (m.layers - m.denseLayers) * sparse + m.vocabulary * m.hidden;
}

TokenCosts countTokenCostsOfV32(double context) {
  V32 m;
  TokenCosts t;
  t.products = 2 * activeParametersOfV32();
  t.wideProducts = 2 * m.vocabulary * m.hidden;
  t.indexer = m.layers * 2 * m.indexHeads * m.indexDim * context;
  t.csa = m.layers * 2 * m.heads * std::min(m.indexTopk, context) * (2 * m.kvRank + m.ropeDims);
  return t;
}

double cachedBytesPerTokenOfV32() {
  V32 m;
  // E4M3 with a F32 scale for 128, BF16 for the rotated part; an E4M3 index key with one F32 scale.
  return m.layers * (m.kvRank + 4 * m.kvRank / 128 + 2 * m.ropeDims + m.indexDim + 4);
}

} // namespace mlir::v4

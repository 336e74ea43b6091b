// What a model of a configuration costs: parameters, operations and cached bytes a token. Needs no weights.
//
// Conventions. A matrix of n parameters is 2n operations a token. "Equivalent FP8" operations count BF16 and
// F32 ones twice (core attention, head, compressors, gate, hyper-connections) and the FP4 scores of the
// indexer half; products of FP8 activations with FP4 experts count once. Norms, biases and tables are
// parameters, but no work.
#pragma once

#include "codegen/Import/Config.h"

namespace mlir::v4 {

/// Parameters, by part. `active` are those in a token's products: no embedding, the chosen experts only.
struct PartCost {
  double total = 0;
  double active = 0;
};

struct ParameterCosts {
  PartCost attention; // projections of queries, keys and outputs
  PartCost csa;       // compressors of ratio 4
  PartCost hca;       // compressors of any other ratio
  PartCost indexer;   // its queries, its weights and its compressor
  PartCost experts;   // routed
  PartCost shared;
  PartCost gate;
  PartCost hyperConnections;
  PartCost embedding;
  PartCost head;
  PartCost other; // norms, sinks, biases, positions: never in a product

  double total() const;
  double active() const;
  /// Of the active ones, those in products with BF16 or F32 operands; of the indexer's, likewise.
  double activeWide = 0;
  double indexerWide = 0;
};

/// Operations of one decoded token behind `context` others, products with weights apart.
struct TokenCosts {
  double products = 0; // with weights
  double window = 0;
  double csa = 0;
  double hca = 0;
  double indexer = 0;
  double wideProducts = 0; // of `products`, those that count twice
  double indexerWeight = 1;

  double attention() const { return window + csa + hca; }
  double plain() const { return products + attention() + indexer; }
  double equivalent() const { return products + wideProducts + 2 * attention() + indexerWeight * indexer; }
};

ParameterCosts countParameters(const ModelConfig &config);
TokenCosts countTokenCosts(const ModelConfig &config, double context);

/// What a sequence keeps, in packed records. Compressors hold float32 rows of the block that is not yet full.
struct CacheCosts {
  double csa = 0; // bytes a token
  double hca = 0;
  double indexKeys = 0;
  double window = 0; // bytes a sequence
  double compressors = 0;

  double growing() const { return csa + hca + indexKeys; }
  double constant() const { return window + compressors; }
};

CacheCosts countCache(const ModelConfig &config);
/// The parts that grow with the context only.
double cachedBytesPerToken(const ModelConfig &config);
/// Bytes of the cache that a token behind `context` others looks at.
double cacheBytesRead(const ModelConfig &config, double context);

/// DeepSeek-V3.2, which the published comparisons are with.
TokenCosts countTokenCostsOfV32(double context);
double activeParametersOfV32();
double cachedBytesPerTokenOfV32();

} // namespace mlir::v4

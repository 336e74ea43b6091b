#include "codegen/Report/Report.h"

#include "codegen/Report/Format.h"

#include <cmath>

namespace mlir::v4 {

namespace {

constexpr double kPerProduct = 2; // operations of a parameter
constexpr double kWide = 2;       // weight of BF16 and F32

std::vector<ParameterShare> partsOf(const ParameterCosts &p) {
  return {{"attention", "attention projections", p.attention},
          {"csa", "CSA compressors", p.csa},
          {"hca", "HCA compressors", p.hca},
          {"indexer", "indexer", p.indexer},
          {"experts", "routed experts", p.experts},
          {"shared_experts", "shared experts", p.shared},
          {"gate", "router", p.gate},
          {"hyper_connections", "hyper-connections", p.hyperConnections},
          {"embedding", "embedding", p.embedding},
          {"head", "head", p.head},
          {"other", "norms, sinks, biases, positions", p.other}};
}

Shares operationsOf(const ParameterCosts &p, const TokenCosts &t) {
  double narrowIndexer = p.indexer.active - p.indexerWide;
  double moe = p.experts.active + p.shared.active + kWide * p.gate.active;
  return {
      {"projections", "attention projections", kPerProduct * p.attention.active},
      {"window", "window", kWide * t.window},
      {"csa", "CSA", kWide * (t.csa + kPerProduct * p.csa.active)},
      {"hca", "HCA", kWide * (t.hca + kPerProduct * p.hca.active)},
      {"indexer", "indexer",
       t.indexerWeight * t.indexer + kPerProduct * (narrowIndexer + kWide * p.indexerWide)},
      {"moe", "experts and router", kPerProduct * moe},
      {"hyper_connections", "hyper-connections", kPerProduct * kWide * p.hyperConnections.active},
      {"head", "head", kPerProduct * kWide * p.head.active},
  };
}

Shares operationsOfV32(const TokenCosts &t) {
  return {{"products", "products with weights", t.products + t.wideProducts},
          {"attention", "sparse attention", kWide * t.attention()},
          {"indexer", "indexer", t.indexerWeight * t.indexer}};
}

Shares cacheOf(const CacheCosts &c, double context) {
  return {{"window", "windows", c.window},
          {"compressors", "compressors' open blocks", c.compressors},
          {"csa", "CSA entries", c.csa * context},
          {"hca", "HCA entries", c.hca * context},
          {"index_keys", "index keys", c.indexKeys * context}};
}

} // namespace

int64_t Report::devicesNeeded(const Device &device, const ContextCosts &at) const {
  return device.memory ? static_cast<int64_t>(std::ceil((weights.stored + at.cacheBytes) / device.memory))
                       : 0;
}

ContextCosts countContext(const Report &report, double context) {
  ContextCosts at;
  at.context = context;
  at.costs = countTokenCosts(report.config, context);
  at.operations = operationsOf(report.parameters, at.costs);
  at.cache = cacheOf(report.cache, context);
  at.cacheBytes = report.cache.constant() + report.cache.growing() * context;
  at.costsOfV32 = countTokenCostsOfV32(context);
  at.operationsOfV32 = operationsOfV32(at.costsOfV32);
  at.cacheBytesOfV32 = cachedBytesPerTokenOfV32() * context;
  Work work{report.weights.read + cacheBytesRead(report.config, context),
            report.weights.wideOperations + at.costs.attention(),
            report.weights.narrowOperations + at.costs.indexer};
  for (const Device &device : report.devices)
    at.bounds.push_back(boundOf(device, work));
  return at;
}

void fillReport(Report &report, llvm::ArrayRef<double> contexts) {
  report.parameters = countParameters(report.config);
  report.parts = partsOf(report.parameters);
  report.cache = countCache(report.config);
  for (double context : contexts)
    report.contexts.push_back(countContext(report, context));
  report.stability.push_back(measureSynthetic());
}

std::string summaryText(const ModelConfig &c) {
  int64_t csa = 0, hca = 0, window = 0;
  for (int64_t layer = 0; layer < c.layers; ++layer)
    ++(c.hasIndexer(layer) ? csa : c.hasCompressor(layer) ? hca : window);
  std::string text;
  auto add = [&](int64_t count, const char *kind) {
    if (count)
      text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + kind;
  };
  add(window, "window only");
  add(csa, "CSA");
  add(hca, "HCA");
  return std::to_string(c.layers) + " layers (" + text + "), hidden size " + std::to_string(c.hiddenSize) +
         ", " + std::to_string(c.expertsPerToken) + " of " + std::to_string(c.experts) + " experts";
}

std::vector<std::string> conventions(const Report &report) {
  std::vector<std::string> sentences = {
      "k is 2^10 and M is 2^20 tokens; G, B and the like are powers of ten.",
      "MTP layers are left out. Active are the parameters in a token's products: the chosen experts, and no "
      "embedding, norms or biases.",
      "A product with a matrix of n parameters is 2n operations. \"Equivalent FP8\" operations count those "
      "of "
      "core attention, compressors, router, hyper-connections and head, which are BF16 or wider, twice, "
      "V4's index scores, which are FP4, half, and all others once.",
      "The cache is in packed records: a key is E4M3 with a scale byte for 64 and BF16 where it is rotated, "
      "an "
      "index key is E2M1 with a scale byte for 32.",
  };
  if (report.contexts.back().context > report.config.maxPositions)
    sentences.push_back("The model has " + contextText(report.config.maxPositions) +
                        " positions; contexts beyond them only continue the count.");
  if (report.against)
    sentences.push_back("DeepSeek-V3.2: absorbed MLA over 2048 chosen tokens, index scores in FP8; 512 E4M3 "
                        "with 4 float32 scales, 64 BF16, and an FP8 index key with its scale for a token and "
                        "layer. Ratios of the cache are of the parts that grow with the context.");
  if (!report.devices.empty())
    sentences.push_back(
        std::string(
            "The roofline is one sequence's decoding on one device, as if its memory were large enough: "
            "the slower of reading the active weights and the cache, and of computing. Weights are ") +
        (report.measuredFormats ? "as the checkpoint stores them." : "stored as published."));
  sentences.push_back(
      "Stability: streams h of a row go through B h in every sublayer, two a layer; B is what "
      "the Sinkhorn projection makes of logits. Raw is the exponentials of the logits instead, "
      "which it begins with. Rows bound what streams can grow to, columns what gradients can; "
      "a doubly stochastic B has 1. The synthetic stack has 61 layers of 4 streams that leak "
      "one way, which is what 20 iterations leave most of.");
  return sentences;
}

} // namespace mlir::v4

// The figures of `v4c report`, computed once for its three outputs: text, JSON and a page.
#pragma once

#include "codegen/Report/Costs.h"
#include "codegen/Report/Gain.h"
#include "codegen/Report/Roofline.h"
#include "codegen/Report/Weights.h"

#include "llvm/ADT/SmallVector.h"

namespace mlir::v4 {

/// One part of a whole. The key is what JSON calls it, the name is for people.
struct Share {
  llvm::StringLiteral key;
  llvm::StringLiteral name;
  double value;
};

struct ParameterShare {
  llvm::StringLiteral key;
  llvm::StringLiteral name;
  PartCost cost;
};

using Shares = llvm::SmallVector<Share, 8>;

/// One token behind `context` others.
struct ContextCosts {
  double context;
  Shares operations; // "equivalent FP8"; their sum is costs.equivalent()
  TokenCosts costs;
  Shares cache; // bytes that the sequence holds
  double cacheBytes;
  std::vector<Bound> bounds; // one a device

  // DeepSeek-V3.2.
  Shares operationsOfV32;
  TokenCosts costsOfV32;
  double cacheBytesOfV32;

  double operationsRatio() const { return costs.equivalent() / costsOfV32.equivalent(); }
  double plainRatio() const { return costs.plain() / costsOfV32.plain(); }
};

struct Report {
  std::string title;
  ModelConfig config;
  bool measuredFormats = false; // of weights that are there
  bool against = true;          // V3.2
  ParameterCosts parameters;
  std::vector<ParameterShare> parts;
  CacheCosts cache;
  WeightCosts weights;
  std::vector<Device> devices;
  std::vector<ContextCosts> contexts;
  std::vector<Stability> stability;
  std::string stabilityNote; // why the checkpoint's was not measured; may be empty

  /// Of the parts of the cache that grow.
  double cacheRatio() const { return cache.growing() / cachedBytesPerTokenOfV32(); }
  /// Devices that hold the weights and a sequence; 0 if their memory is not known.
  int64_t devicesNeeded(const Device &device, const ContextCosts &at) const;
};

ContextCosts countContext(const Report &report, double context);

/// Fills what follows from `title`, `config`, `weights` and `devices`.
void fillReport(Report &report, llvm::ArrayRef<double> contexts);

std::string writeText(const Report &report);
std::string writeJson(const Report &report);

std::string writeHtml(const Report &report);

/// "61 layers (30 CSA, 31 HCA), hidden size 7168, 6 of 384 experts".
std::string summaryText(const ModelConfig &config);
/// How figures were counted, as sentences.
std::vector<std::string> conventions(const Report &report);

} // namespace mlir::v4

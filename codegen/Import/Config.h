// config.json: the fields that decide what a model computes (specification, section 1). Everything is keyed
// on these and on the tensors' types, nothing on a model's name.
#pragma once

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>

namespace mlir::v4 {

/// YaRN, for layers with a compressor only. A factor of 1 is no scaling.
struct RopeScaling {
  double factor = 1;
  double betaFast = 32;
  double betaSlow = 1;
  int64_t originalContext = 1;
};

struct ModelConfig {
  int64_t vocabSize = 0;
  int64_t hiddenSize = 0;
  int64_t layers = 0; // without MTP layers
  int64_t heads = 0;
  int64_t headDim = 0; // the rotated dimensions, which come last, included
  int64_t ropeDims = 0;
  int64_t qLoraRank = 0;
  int64_t outputGroups = 0;
  int64_t outputLoraRank = 0;
  int64_t window = 0;
  int64_t indexHeads = 0; // the indexer's fields are 0 where no layer has one
  int64_t indexHeadDim = 0;
  int64_t indexTopk = 0;
  int64_t experts = 0;
  int64_t expertsPerToken = 0;
  int64_t expertSize = 0;
  int64_t hashLayers = 0; // so many of the first layers route by token
  int64_t streams = 0;
  int64_t sinkhornIterations = 0;
  int64_t maxPositions = 0;
  double hcEps = 0;
  double normEps = 0;
  double ropeTheta = 0;         // layers without a compressor
  double compressRopeTheta = 0; // layers with one
  RopeScaling ropeScaling;
  double routedScaling = 1;
  double swigluLimit = 0;            // 0: no clamp
  std::string scoring;               // "sqrtsoftplus", "sigmoid" or "softmax"
  llvm::SmallVector<int64_t> ratios; // one a layer
  int64_t bosToken = -1;             // -1: none
  int64_t eosToken = -1;

  // How weights are stored; only asked where there are none to look at, but for the block.
  bool quantized = false;    // quantization_config is there
  bool plainFloat32 = false; // torch_dtype is float32
  int64_t scaleBlock[2] = {128, 128};
  std::optional<std::string> expertDtype;

  /// Ratio-4 compressors pool overlapping blocks, and such layers choose their entries with an indexer; any
  /// other ratio means plain blocks, all of them attended to.
  bool hasCompressor(int64_t layer) const { return ratios[layer] != 0; }
  bool hasIndexer(int64_t layer) const { return ratios[layer] == 4; }
  bool routesByToken(int64_t layer) const { return layer < hashLayers; }
  int64_t hcRows() const { return (2 + streams) * streams; }
};

/// Parses the text of config.json. Unknown fields are ignored. On failure `error` is a sentence that names
/// the field, what it is and what is wanted.
bool parseConfig(llvm::StringRef text, ModelConfig &config, std::string &error);

} // namespace mlir::v4

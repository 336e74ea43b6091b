#include "codegen/Report/MeasureStability.h"

#include "codegen/Import/ImportModel.h"
#include "dialects/V4/Reference/Sequences.h"
#include "runtime/checkpoint/Checkpoint.h"

#include <cmath>
#include <random>

namespace mlir::v4 {

using reference::Tensor;

namespace {

/// Of every mapping, in order: what the executor mixed with, and the logits of that.
struct Mappings {
  std::vector<Tensor> projected, logits;
};

bool loadWeight(reference::WeightProvider &weights, Value value, Tensor &tensor, std::string &error) {
  auto weight = value.getDefiningOp<WeightOp>();
  llvm::Expected<Tensor> loaded = weights.load(weight.getName(), cast<WeightType>(value.getType()));
  if (!loaded) {
    error = llvm::toString(loaded.takeError());
    return false;
  }
  tensor = std::move(*loaded);
  return true;
}

bool collectMappings(func::FuncOp step, const reference::SequenceResult &result,
                     reference::WeightProvider &weights, Mappings &mappings, std::string &error) {
  auto observed = [&](Value value) -> const Tensor & {
    auto from = cast<OpResult>(value);
    return result.observed.find(reference::observedName(*from.getOwner(), from.getResultNumber()))->second;
  };
  WalkResult walked = step.walk([&](HcPreOp op) {
    Tensor fn, base, scale;
    if (!loadWeight(weights, op.getFn(), fn, error) || !loadWeight(weights, op.getBase(), base, error) ||
        !loadWeight(weights, op.getScale(), scale, error))
      return WalkResult::interrupt();
    mappings.projected.push_back(observed(op.getComb()));
    mappings.logits.push_back(
        reference::hcLogits(observed(op.getStreams()), fn, base, scale, op.getNormEps().convertToDouble()));
    return WalkResult::advance();
  });
  return !walked.wasInterrupted();
}

void raiseGains(const Mappings &mappings, int64_t token, int64_t streams, Stability &stability) {
  MappingProduct projected(streams), unprojected(streams);
  for (size_t i = 0; i < mappings.projected.size(); ++i) {
    projected.push(mappings.projected[i].row(token));
    unprojected.pushExponentials(mappings.logits[i].row(token));
    stability.projected.raise(i, projected);
    stability.unprojected.raise(i, unprojected);
  }
}

} // namespace

std::vector<int64_t> drawTokens(const ModelConfig &config, int64_t count) {
  std::mt19937_64 engine(1);
  std::vector<int64_t> tokens;
  if (config.bosToken >= 0 && config.bosToken < config.vocabSize)
    tokens.push_back(config.bosToken);
  while (static_cast<int64_t>(tokens.size()) < count)
    tokens.push_back(static_cast<int64_t>(engine() % static_cast<uint64_t>(config.vocabSize)));
  return tokens;
}

bool measureStability(const v4rt::checkpoint::Checkpoint &checkpoint, const ModelConfig &config,
                      llvm::ArrayRef<int64_t> tokens, llvm::StringRef numerics, Stability &stability,
                      std::string &error) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  ImportOptions options;
  options.maxContext = static_cast<int64_t>(tokens.size());
  options.numerics = numerics.str();
  FailureOr<OwningOpRef<ModuleOp>> module = importModel(context, checkpoint, options, error);
  if (failed(module))
    return false;
  auto step = (*module)->lookupSymbol<func::FuncOp>("step");
  reference::CheckpointWeights weights(checkpoint);
  reference::Executor executor(&weights);
  llvm::Expected<reference::SequenceResult> result = reference::runSequence(
      executor, step, tokens, /*slot=*/0, /*position=*/0, reference::longestStep(step));
  if (!result) {
    error = llvm::toString(result.takeError());
    return false;
  }
  Mappings mappings;
  if (!collectMappings(step, *result, weights, mappings, error))
    return false;
  stability.source = "checkpoint";
  stability.tokens = static_cast<int64_t>(tokens.size());
  for (int64_t token = 0; token < stability.tokens; ++token)
    raiseGains(mappings, token, config.streams, stability);
  for (size_t i = 0; i < stability.mappings(); ++i)
    if (!std::isfinite(stability.projected.larger(i)) || !std::isfinite(stability.unprojected.larger(i))) {
      error = "the product of the first " + std::to_string(i + 1) +
              " stream mappings of the checkpoint has no finite gain";
      return false;
    }
  return true;
}

} // namespace mlir::v4

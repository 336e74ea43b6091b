#include "codegen/Tune/ReducedModel.h"

#include "codegen/Import/Config.h"

#include "llvm/Support/JSON.h"

#include <set>

namespace mlir::v4 {

// So many that no cache holds the experts of large models, and a step's tokens choose different ones.
static constexpr int64_t kMostVocabulary = 16384, kExpertsPerChoice = 4, kLeastExperts = 16;

bool reduceConfig(llvm::StringRef text, std::string &reduced, std::string &error) {
  ModelConfig config;
  if (!parseConfig(text, config, error))
    return false;
  llvm::Expected<llvm::json::Value> root = llvm::json::parse(text);
  if (!root) {
    error = llvm::toString(root.takeError());
    return false;
  }
  llvm::json::Object &fields = *root->getAsObject();

  std::set<int64_t> ratios;
  std::set<bool> routings;
  llvm::json::Array kept;
  int64_t byToken = 0;
  for (int64_t layer = 0; layer < config.layers; ++layer) {
    bool newRatio = ratios.insert(config.ratios[layer]).second;
    if (!routings.insert(config.routesByToken(layer)).second && !newRatio)
      continue;
    kept.push_back(config.ratios[layer]);
    byToken += config.routesByToken(layer);
  }
  fields["num_hidden_layers"] = int64_t(kept.size());
  fields["num_hash_layers"] = byToken;
  fields["compress_ratios"] = std::move(kept);
  fields["num_nextn_predict_layers"] = 0;
  fields["n_routed_experts"] =
      std::min(config.experts, std::max(kLeastExperts, kExpertsPerChoice * config.expertsPerToken));
  fields["vocab_size"] = std::min(config.vocabSize, kMostVocabulary);
  for (llvm::StringRef token : {"bos_token_id", "eos_token_id", "pad_token_id"})
    fields.erase(token);
  llvm::raw_string_ostream(reduced) << *root;
  return true;
}

} // namespace mlir::v4

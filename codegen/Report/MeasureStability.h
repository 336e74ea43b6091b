// The gain of a checkpoint's stream mappings on sample tokens, in the reference executor.
#pragma once

#include "codegen/Import/Config.h"
#include "codegen/Report/Gain.h"

#include "llvm/ADT/ArrayRef.h"

namespace v4rt::checkpoint {
class Checkpoint;
}

namespace mlir::v4 {

/// Parameters that it takes, since it holds each in eight bytes.
inline constexpr double kMostMeasuredParameters = 5e8;

/// The first is the one that sequences begin with, if the config has it. The same in every run.
std::vector<int64_t> drawTokens(const ModelConfig &config, int64_t count);

/// Runs a sequence of these tokens, which must be in the vocabulary. On failure `error` is a sentence.
bool measureStability(const v4rt::checkpoint::Checkpoint &checkpoint, const ModelConfig &config,
                      llvm::ArrayRef<int64_t> tokens, llvm::StringRef numerics, Stability &stability,
                      std::string &error);

} // namespace mlir::v4

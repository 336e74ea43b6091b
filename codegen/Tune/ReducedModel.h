// A model with the kernels of another and few of its weights, to time them with.
#pragma once

#include "llvm/ADT/StringRef.h"

#include <string>

namespace mlir::v4 {

/// Reduces a config.json: of layers of one kind (ratio, routing) one stays, and as few experts and words as
/// leave the kernels what they are. On failure `error` is a sentence.
bool reduceConfig(llvm::StringRef text, std::string &reduced, std::string &error);

} // namespace mlir::v4

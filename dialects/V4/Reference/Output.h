// Results of sequences as a safetensors file.
#pragma once

#include "dialects/V4/Reference/Sequences.h"

namespace mlir::v4::reference {

/// Collects tensors and writes them in the order in which they came.
class Output {
public:
  /// Logits, observed results and the compressed entries in `slot`, each name with `suffix` behind it.
  void add(const SequenceResult &result, const Executor &executor, int64_t slot, const std::string &suffix);
  /// Float64 throughout; ids are exact in it. On failure `error` is a sentence.
  bool write(const std::string &path, std::string &error) const;

private:
  llvm::MapVector<std::string, Tensor, std::map<std::string, unsigned>> tensors_;
};

} // namespace mlir::v4::reference

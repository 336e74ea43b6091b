// The artifact's side of a verification: steps of one sequence, and every value that its kernels leave.
#pragma once

#include "dialects/V4/Reference/Tensor.h"
#include "runtime/Session.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

namespace mlir::v4 {

using SeenValues = llvm::StringMap<reference::Tensor>;

struct RunOptions {
  unsigned threads = 0; // 0: one a processor
  std::string device;   // empty: the artifact's
};

/// A sequence in one slot of a session, and in another one once it was forked. A test may derive from it to
/// serve the sequence wrongly.
class ArtifactRun {
public:
  static llvm::Expected<std::unique_ptr<ArtifactRun>> open(const std::string &path,
                                                           const RunOptions &options);
  virtual ~ArtifactRun() = default;

  const v4rt::format::Manifest &manifest() const { return model->artifact().manifest(); }
  const v4rt::format::State *findState(StringRef name) const;

  /// Appends at most max_step_tokens tokens; the last `logitRows` of them want logits. `seen` gets the values
  /// of all buffers with a name.
  virtual llvm::Error step(llvm::ArrayRef<int32_t> tokens, size_t logitRows, SeenValues &seen);
  /// Goes on in the other slot, with a copy of what the sequence remembers.
  virtual llvm::Error fork();
  /// Row `row` of a state, as stored.
  llvm::Expected<std::vector<float>> stateRow(const v4rt::format::State &state, int64_t row) const;

protected:
  ArtifactRun() = default;
  llvm::Error start(const std::string &path, const RunOptions &options);

private:
  std::shared_ptr<v4rt::Model> model;
  v4rt::Session session;
  int32_t slot = 0;
};

} // namespace mlir::v4

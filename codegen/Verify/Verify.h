// `v4c verify`: an artifact beside the double-precision reference executor. The reference runs what
// codegen/Import makes of the checkpoint, and computes each op from the values that the artifact had before
// it, so that an error is found where it arises and nowhere else.
#pragma once

#include "codegen/Verify/Bounds.h"
#include "codegen/Verify/Run.h"

namespace v4rt::checkpoint {
class Checkpoint;
}

namespace mlir::v4 {

/// What was found about one result of an op, or about one state.
struct Finding {
  std::string name; // "layers.3.attn.compressor.entry"
  std::string op;   // "v4.fake_quantise"; "state"
  int64_t layer = -1;
  bool seen = false; // the artifact shows it
  bool direct = true;
  Deviation found, bound;
  double share = 0;         // of the bound; above 1 it does not hold
  std::string measure;      // that `share` is of
  int64_t rows = 0;         // compared
  int64_t position = -1;    // of the farthest row, or of the first one that is wrong
  int64_t nearTies = 0;     // rows that chose otherwise, between scores as good as equal
  int64_t otherChoices = 0; // rows that chose otherwise for no such reason
  std::string problem;      // a sentence, where no number says it
  bool holds() const { return share <= 1 && otherChoices == 0 && problem.empty(); }
};

struct Verification {
  std::string numerics, target;
  int64_t layers = 0, prompt = 0, decoded = 0;
  std::vector<Finding> findings; // in the order of the model
  std::string stopped;           // why the reference could not go on
  bool holds() const;
  /// The first that does not hold; null if all do.
  const Finding *first() const;
  int64_t nearTies() const;
};

/// Steps of a verification: two parts of a prompt, then single tokens.
inline constexpr int64_t kDrawnPrompt = 160, kDecodeSteps = 6;

/// An error is about the artifact, the checkpoint or the tokens: nothing could be compared.
llvm::Expected<Verification> verify(ArtifactRun &run, const v4rt::checkpoint::Checkpoint &checkpoint,
                                    const std::vector<int32_t> &tokens);

/// A line a layer, then the first that does not hold.
std::string writeText(const Verification &verification);
std::string writeJson(const Verification &verification);

} // namespace mlir::v4

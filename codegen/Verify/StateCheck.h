// What sequences remember: the artifact's states against the reference executor's, which were written with
// the artifact's own values, so that they are equal.
#pragma once

#include "codegen/Verify/Verify.h"
#include "dialects/V4/Reference/Executor.h"

namespace mlir::v4 {

class StateCheck {
public:
  StateCheck(func::FuncOp step, const ArtifactRun &run);

  /// Compares what a sequence of `length` tokens still looks back on of positions from `from`.
  void check(const reference::Executor &executor, int64_t length, int64_t from);

  /// Puts what was found behind the values that are written.
  void addTo(std::vector<Finding> &findings) const;

private:
  struct Checked {
    std::string name, input; // the state, and the value that goes there
    const v4rt::format::State *state;
    int64_t ratio;    // tokens a row
    int64_t lookBack; // rows of a ring that are read again; 0: all, as of entries
    Comparison comparison;
    Finding finding;
  };

  void add(Value state, Value input, int64_t ratio, int64_t lookBack);
  void checkRow(Checked &checked, const reference::State &wanted, int64_t row);

  const ArtifactRun &run;
  std::vector<Checked> states;
};

} // namespace mlir::v4

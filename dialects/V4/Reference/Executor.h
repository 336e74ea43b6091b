// The double-precision interpreter of `v4` functions: the slow, obvious definition that compiled code is
// compared with.
#pragma once

#include "dialects/V4/Reference/Evaluate.h"
#include "dialects/V4/Reference/Weights.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::v4::reference {

/// The name that result `index` of an op has outside, empty if none: that of the op's location, with the
/// result's suffix where an op has several. The string lives in the context.
StringRef observedName(Operation &op, unsigned index);

/// Runs functions of `v4` ops, `v4.kernel` regions and dense constants. Sequence state lives in the executor
/// and goes from call to call, by the name and slot; so a prompt is fed in as many calls as wanted.
class Executor {
public:
  /// `weights` may be null for functions whose weights all have a `value`. Weights are loaded once.
  explicit Executor(WeightProvider *weights = nullptr) : weights_(weights) {}

  /// Shows every named result before anything uses it; what the teacher leaves there is what goes on.
  using Teacher = std::function<void(StringRef name, Tensor &value)>;
  void setTeacher(Teacher teacher) { teacher_ = std::move(teacher); }

  /// For comparing with implementations whose rotary angles are float64 products.
  void setAngles(Angles angles) { angles_ = angles; }

  /// Runs the function once; the arguments have the types' shapes, a dynamic dimension any extent. A step is
  /// run(step, {tokens, slots, positions, logitRows}). An error is one sentence; `failedOp` tells where.
  llvm::Expected<std::vector<Tensor>> run(func::FuncOp function, std::vector<Tensor> arguments);

  /// The op that the last run stopped at, or null.
  Operation *failedOp() const { return failedOp_; }
  /// Every op result of the last run by its observedName(), in program order; what has none is left out.
  const llvm::MapVector<StringRef, Tensor> &observed() const { return observed_; }
  /// Null before the first run that mentions the state.
  const State *state(StringRef name) const;
  const std::map<std::string, State, std::less<>> &states() const { return states_; }
  /// Forgets a sequence.
  void clearSlot(int64_t slot);

private:
  llvm::Error execute(Block &block, Frame &frame);
  llvm::Error execute(Operation &op, Frame &frame);
  llvm::Expected<SharedTensor> loadWeight(WeightOp op);
  llvm::Expected<State *> findState(StateOp op);
  llvm::Error record(Operation &op, SmallVector<Tensor> results, Frame &frame);

  WeightProvider *weights_;
  Teacher teacher_;
  Angles angles_ = Angles::f32;
  std::map<std::string, SharedTensor, std::less<>> loaded_;
  std::map<std::string, State, std::less<>> states_;
  llvm::MapVector<StringRef, Tensor> observed_;
  Operation *failedOp_ = nullptr;
};

} // namespace mlir::v4::reference

// Compares the results of the reference executor with those of the artifact, and replaces them.
#pragma once

#include "codegen/Verify/Verify.h"
#include "dialects/V4/Reference/Executor.h"

namespace mlir::v4 {

class Teacher {
public:
  Teacher(func::FuncOp step, reference::WeightProvider &weights);

  /// Before a step of `rows` tokens from `position`, of which the last `logitRows` want logits.
  void beginStep(const SeenValues &seen, int64_t position, int64_t rows, int64_t logitRows);
  /// The executor's: compares, and leaves the artifact's values in `value`.
  void teach(StringRef name, reference::Tensor &value);
  /// In the order of the model.
  std::vector<Finding> findings();

private:
  struct Result {
    OpResult value;
    std::string name;
    int64_t ratio = 1; // only the rows that close a block of so many tokens mean something
    bool onLogitRows = false;
    Comparison comparison;
    int64_t choices = 0; // rows of ids that were compared
    Finding finding;
  };

  void addResults(Operation *op);
  int64_t positionOf(const Result &result, int64_t row) const;
  bool isCompared(const Result &result, int64_t row) const;
  bool fits(Result &result, const reference::Tensor &seen, const reference::Tensor &value) const;
  void compareRows(Result &result, const reference::Tensor &seen, reference::Tensor &value);
  void compareScores(Result &result, const reference::Tensor &seen, reference::Tensor &value);
  void compareIds(Result &result, const reference::Tensor &seen, const reference::Tensor &value);
  void compareTopk(Result &result, const reference::Tensor &seen, reference::Tensor &value);
  void compareExperts(Result &result, const reference::Tensor &seen, reference::Tensor &value);
  void reweigh(Result &result, reference::Tensor &value);
  void noteChoice(Result &result, int64_t row, bool tie);
  llvm::ArrayRef<double> biasOf(RouteOp op);

  reference::WeightProvider &weights;
  std::vector<Result> results;
  llvm::StringMap<size_t> byName;
  llvm::StringMap<reference::Tensor> scores, indices; // of the step, as the executor goes on with them
  llvm::StringMap<reference::Tensor> biases;
  const SeenValues *seenValues = nullptr;
  int64_t firstPosition = 0, stepRows = 0, stepLogitRows = 0;
};

} // namespace mlir::v4

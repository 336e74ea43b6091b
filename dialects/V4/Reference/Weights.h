// Where the executor's weights come from.
#pragma once

#include "dialects/V4/IR/V4Dialect.h"
#include "dialects/V4/Reference/Tensor.h"

#include "llvm/Support/Error.h"

namespace v4rt::checkpoint {
class Checkpoint;
}

namespace mlir::v4::reference {

/// Gives the decoded values of weights by name.
class WeightProvider {
public:
  virtual ~WeightProvider();
  /// The tensor has the shape of `type`; in the name of a stack `{e}` stands for the expert's number.
  virtual llvm::Expected<Tensor> load(StringRef name, WeightType type) = 0;
};

/// Reads and decodes the tensors of a checkpoint folder. The checkpoint must outlive it.
class CheckpointWeights final : public WeightProvider {
public:
  explicit CheckpointWeights(const v4rt::checkpoint::Checkpoint &checkpoint) : checkpoint_(checkpoint) {}
  llvm::Expected<Tensor> load(StringRef name, WeightType type) override;

private:
  const v4rt::checkpoint::Checkpoint &checkpoint_;
};

/// The values of a dense attribute of floats or integers.
llvm::Expected<Tensor> tensorOf(ElementsAttr elements);

} // namespace mlir::v4::reference

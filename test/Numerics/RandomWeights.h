// Random weights in every stored format: the bytes of a checkpoint, what they mean, and how kernels want
// them.
#pragma once

#include "dialects/V4/IR/V4Dialect.h"
#include "dialects/V4/Reference/Weights.h"

#include <map>
#include <string>

namespace v4test {

struct StoredWeight {
  mlir::v4::WeightType type;
  std::vector<uint8_t> data, scale; // matrices of a stack one after the other, rows as in a checkpoint
};

/// Makes weights when they are first asked for; a weight depends on seed and name. Matrices are of a size
/// that keeps products near 1. A name with "norm" has values around 1, one with "integers" small whole
/// numbers. Rows of ids are distinct and below `ids`.
class RandomWeights final : public mlir::v4::reference::WeightProvider {
public:
  explicit RandomWeights(uint64_t seed, int64_t ids = 1) : seed(seed), ids(ids) {}

  const StoredWeight &get(llvm::StringRef name, mlir::v4::WeightType type);
  llvm::Expected<mlir::v4::reference::Tensor> load(llvm::StringRef name, mlir::v4::WeightType type) override;

private:
  uint64_t seed;
  int64_t ids;
  std::map<std::string, StoredWeight> made;
};

/// The memory of a weight in this layout, by the definition of `#v4.layout`, one element at a time.
std::vector<uint8_t> packElements(const StoredWeight &weight, mlir::v4::LayoutAttr layout);
std::vector<uint8_t> packScales(const StoredWeight &weight, mlir::v4::LayoutAttr layout);

} // namespace v4test

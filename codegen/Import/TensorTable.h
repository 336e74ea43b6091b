// The published layout (specification, section 7): which tensors a checkpoint of a config must have.
#pragma once

#include "codegen/Import/Config.h"

#include "llvm/ADT/SmallVector.h"

#include <string>
#include <vector>

namespace mlir::v4 {

/// What a tensor may be stored as.
enum class TensorClass {
  plain,  // float32 or bfloat16; published: bfloat16
  f32,    // likewise; published: float32
  dense,  // also block-scaled; published: FP8
  expert, // likewise; published: FP4
  i64,    // whole numbers
};

struct ExpectedTensor {
  std::string name; // "{e}" stands for the expert's number in a stack
  llvm::SmallVector<int64_t, 2> shape;
  TensorClass tensorClass;
  int64_t stack = 0; // number of experts; 0: a single tensor
};

/// All tensors that a checkpoint of `config` needs, layer by layer; MTP tensors are not among them. Fails
/// where one has more elements than can be addressed.
bool listExpectedTensors(const ModelConfig &config, std::vector<ExpectedTensor> &tensors, std::string &error);

/// `name` with the expert's number.
std::string expertTensorName(llvm::StringRef name, int64_t expert);

/// The name of the scale that belongs to a weight.
std::string scaleTensorName(llvm::StringRef weight);

} // namespace mlir::v4

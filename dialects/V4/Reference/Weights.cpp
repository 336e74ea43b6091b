#include "dialects/V4/Reference/Weights.h"

#include "dialects/V4/Reference/Decode.h"
#include "runtime/checkpoint/Checkpoint.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

namespace mlir::v4::reference {
namespace {

/// "layers.0.ffn.experts.{e}.w1.weight" of expert 3 -> "layers.0.ffn.experts.3.w1.weight"
std::string nameOfExpert(StringRef name, int64_t expert) {
  auto [before, after] = name.split("{e}");
  return before.size() == name.size() ? name.str() : (before + Twine(expert) + after).str();
}

/// "x.weight" -> "x.scale"
std::string nameOfScale(StringRef name) {
  name.consume_back(".weight");
  return (name + ".scale").str();
}

llvm::Expected<std::vector<uint8_t>> read(const v4rt::checkpoint::Checkpoint &checkpoint,
                                          const std::string &name) {
  const v4rt::checkpoint::TensorInfo *info = checkpoint.find(name);
  if (!info)
    return llvm::createStringError(llvm::formatv("the checkpoint has no tensor '{0}'", name));
  std::vector<uint8_t> data;
  std::string error;
  if (!checkpoint.read(*info, data, error))
    return llvm::createStringError(error);
  return data;
}

} // namespace

WeightProvider::~WeightProvider() = default;

llvm::Expected<Tensor> CheckpointWeights::load(StringRef name, WeightType type) {
  Tensor result(type.getShape().vec());
  int64_t matrixSize = type.getOutputs() * type.getInputs();
  for (int64_t e = 0; e < type.getStack(); ++e) {
    std::string matrixName = nameOfExpert(name, e);
    llvm::Expected<std::vector<uint8_t>> data = read(checkpoint_, matrixName);
    if (!data)
      return data.takeError();
    std::vector<uint8_t> scale;
    if (type.isScaled()) {
      llvm::Expected<std::vector<uint8_t>> stored = read(checkpoint_, nameOfScale(matrixName));
      if (!stored)
        return stored.takeError();
      scale = std::move(*stored);
    }
    if (llvm::Error error = decodeMatrix(type, *data, scale, result.data.data() + e * matrixSize))
      return llvm::createStringError(
          llvm::formatv("tensor '{0}': {1}", matrixName, llvm::toString(std::move(error))));
  }
  return result;
}

llvm::Expected<Tensor> tensorOf(ElementsAttr elements) {
  Tensor result(elements.getShapedType().getShape().vec());
  Type elementType = elements.getElementType();
  if (isa<FloatType>(elementType) && elements.tryGetValues<APFloat>()) {
    int64_t i = 0;
    for (APFloat value : elements.getValues<APFloat>())
      result.data[i++] = value.convertToDouble();
    return result;
  }
  if (isa<IntegerType>(elementType) && elements.tryGetValues<APInt>()) {
    int64_t i = 0;
    for (const APInt &value : elements.getValues<APInt>())
      result.data[i++] = static_cast<double>(value.getSExtValue());
    return result;
  }
  return llvm::createStringError("constants are dense floats or integers");
}

} // namespace mlir::v4::reference

#include "codegen/Import/Inventory.h"

#include "codegen/Import/JsonFields.h"

#include "llvm/ADT/Twine.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::v4 {

using llvm::ArrayRef;
using llvm::StringRef;
using llvm::Twine;
using v4rt::checkpoint::Checkpoint;
using v4rt::checkpoint::DType;
using v4rt::checkpoint::TensorInfo;

namespace {

// Scales of FP4 cover so many inputs of one output.
constexpr int64_t kFp4Block = 32;

const char *allowedTypes(TensorClass tensorClass) {
  switch (tensorClass) {
  case TensorClass::plain:
  case TensorClass::f32:
    return "F32 or BF16";
  case TensorClass::dense:
  case TensorClass::expert:
    return "F32, BF16, F8_E4M3 or I8 (packed E2M1)";
  case TensorClass::i64:
    return "I64";
  }
  llvm_unreachable("closed enum");
}

std::string shapeText(ArrayRef<int64_t> shape) {
  return v4rt::checkpoint::shapeText(std::vector<int64_t>(shape.begin(), shape.end()));
}

WeightEntry makeEntry(const ExpectedTensor &expected, const WeightFormat &format) {
  WeightEntry entry;
  if (expected.stack)
    entry.shape.push_back(expected.stack);
  entry.shape.append(expected.shape.begin(), expected.shape.end());
  entry.format = format;
  return entry;
}

class Checker {
public:
  Checker(const ModelConfig &config, const Checkpoint &checkpoint, Inventory &inventory, std::string &error)
      : config(config), checkpoint(checkpoint), inventory(inventory), error(error),
        known(checkpoint.tensors().size(), false) {}

  bool run(ArrayRef<ExpectedTensor> tensors) {
    for (const ExpectedTensor &expected : tensors)
      if (!check(expected))
        return false;
    return checkRest();
  }

private:
  bool fail(const Twine &message) {
    error = message.str();
    return false;
  }

  bool wrongShape(const TensorInfo &tensor, ArrayRef<int64_t> wanted) {
    return fail("tensor '" + tensor.name + "' has shape " + v4rt::checkpoint::shapeText(tensor.shape) +
                ", but the config makes it " + shapeText(wanted));
  }

  // Null, with an error, if there is none of that name.
  const TensorInfo *find(StringRef name, const Twine &why = "") {
    const TensorInfo *tensor = checkpoint.find({name.data(), name.size()});
    if (tensor)
      known[tensor - checkpoint.tensors().data()] = true;
    else
      fail("the checkpoint has no tensor '" + name + "'" + why);
    return tensor;
  }

  bool check(const ExpectedTensor &expected) {
    WeightFormat format;
    if (!expected.stack) {
      if (!checkTensor(expected.name, expected, format))
        return false;
    }
    for (int64_t expert = 0; expert < expected.stack; ++expert) {
      WeightFormat own;
      std::string name = expertTensorName(expected.name, expert);
      if (!checkTensor(name, expected, own))
        return false;
      if (expert == 0)
        format = own;
      else if (!(own == format))
        return fail("tensor '" + name + "' is stored in another format than '" +
                    expertTensorName(expected.name, 0) + "', but a layer's experts must share one");
    }
    inventory.weights[expected.name] = makeEntry(expected, format);
    return true;
  }

  bool checkTensor(StringRef name, const ExpectedTensor &expected, WeightFormat &format) {
    const TensorInfo *tensor = find(name);
    if (!tensor)
      return false;
    bool mayScale = expected.tensorClass == TensorClass::dense || expected.tensorClass == TensorClass::expert;
    bool whole = expected.tensorClass == TensorClass::i64;
    if (tensor->dtype == DType::f8e4m3 && mayScale)
      format = {ElementFormat::f8e4m3, ScaleFormat::none, config.scaleBlock[0], config.scaleBlock[1]};
    else if (tensor->dtype == DType::i8 && mayScale)
      format = {ElementFormat::f4e2m1, ScaleFormat::none, 1, kFp4Block};
    else if (tensor->dtype == DType::f32 && !whole)
      format = {ElementFormat::f32};
    else if (tensor->dtype == DType::bf16 && !whole)
      format = {ElementFormat::bf16};
    else if (tensor->dtype == DType::i64 && whole)
      format = {ElementFormat::i64};
    else
      return fail("tensor '" + name + "' has type " + v4rt::checkpoint::dtypeName(tensor->dtype) +
                  ", but must be " + allowedTypes(expected.tensorClass));

    llvm::SmallVector<int64_t, 2> stored = expected.shape;
    if (format.element == ElementFormat::f4e2m1) // two inputs a byte
      stored.back() = llvm::divideCeil(stored.back(), 2);
    if (ArrayRef<int64_t>(tensor->shape) != ArrayRef<int64_t>(stored))
      return wrongShape(*tensor, stored);
    return format.blockRows == 0 || checkScale(name, expected.shape, format);
  }

  bool checkScale(StringRef weight, ArrayRef<int64_t> shape, WeightFormat &format) {
    std::string name = scaleTensorName(weight);
    const TensorInfo *scale = find(name, ", the scale of '" + weight + "'");
    if (!scale)
      return false;
    bool fp8 = format.element == ElementFormat::f8e4m3;
    if (scale->dtype == DType::f8e8m0)
      format.scale = ScaleFormat::f8e8m0;
    else if (scale->dtype == DType::f32 && fp8)
      format.scale = ScaleFormat::f32;
    else
      return fail("tensor '" + name + "' has type " + v4rt::checkpoint::dtypeName(scale->dtype) +
                  ", but must be " + (fp8 ? "F8_E8M0 or F32" : "F8_E8M0"));
    int64_t blocks[] = {static_cast<int64_t>(llvm::divideCeil(shape[0], format.blockRows)),
                        static_cast<int64_t>(llvm::divideCeil(shape[1], format.blockCols))};
    if (ArrayRef<int64_t>(scale->shape) != ArrayRef<int64_t>(blocks))
      return wrongShape(*scale, blocks);
    return true;
  }

  // Whatever no part of the model asked for.
  bool checkRest() {
    const std::vector<TensorInfo> &tensors = checkpoint.tensors();
    for (size_t i = 0; i < tensors.size(); ++i) {
      if (known[i])
        continue;
      if (!StringRef(tensors[i].name).starts_with("mtp."))
        return fail("the checkpoint has tensor " + v4rt::checkpoint::inQuotes(tensors[i].name) +
                    ", which this config has no place for");
      ++inventory.mtpTensors;
    }
    return true;
  }

  const ModelConfig &config;
  const Checkpoint &checkpoint;
  Inventory &inventory;
  std::string &error;
  std::vector<bool> known; // by the order of checkpoint.tensors()
};

} // namespace

bool takeInventory(const ModelConfig &config, const Checkpoint &checkpoint, Inventory &inventory,
                   std::string &error) {
  std::vector<ExpectedTensor> tensors;
  return listExpectedTensors(config, tensors, error) &&
         Checker(config, checkpoint, inventory, error).run(tensors);
}

bool assumeInventory(const ModelConfig &config, Inventory &inventory, std::string &error) {
  WeightFormat plain{config.plainFloat32 ? ElementFormat::f32 : ElementFormat::bf16};
  WeightFormat fp8{ElementFormat::f8e4m3, ScaleFormat::f8e8m0, config.scaleBlock[0], config.scaleBlock[1]};
  WeightFormat fp4{ElementFormat::f4e2m1, ScaleFormat::f8e8m0, 1, kFp4Block};
  // Configs that are older than the field go with FP4 experts, if anything is quantised.
  std::string expertType = config.expertDtype.value_or(config.quantized ? "fp4" : "bf16");
  if (expertType != "fp4" && expertType != "fp8" && expertType != "bf16") {
    error = "config.json: 'expert_dtype' is " + describeJson(expertType) +
            ", but must be \"fp4\", \"fp8\" or \"bf16\" where there are no weights to look at";
    return false;
  }
  std::vector<ExpectedTensor> tensors;
  if (!listExpectedTensors(config, tensors, error))
    return false;
  for (const ExpectedTensor &tensor : tensors) {
    WeightFormat format = plain;
    if (tensor.tensorClass == TensorClass::f32)
      format = {ElementFormat::f32};
    else if (tensor.tensorClass == TensorClass::i64)
      format = {ElementFormat::i64};
    else if (tensor.tensorClass == TensorClass::dense && config.quantized)
      format = fp8;
    else if (tensor.tensorClass == TensorClass::expert && expertType != "bf16")
      format = expertType == "fp4" ? fp4 : fp8;
    inventory.weights[tensor.name] = makeEntry(tensor, format);
  }
  return true;
}

} // namespace mlir::v4

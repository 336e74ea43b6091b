#include "test/Unit/ImportSupport.h"

#include "runtime/checkpoint/SafetensorsWriter.h"
#include "test/Support/Scratch.h"

#include "llvm/Support/FormatVariadic.h"
#include <gtest/gtest.h>

namespace v4test {

using v4rt::checkpoint::Checkpoint;
namespace json = llvm::json;

std::string configText(const std::string &fixture, const std::function<void(json::Object &)> &edit) {
  json::Value value = llvm::cantFail(json::parse(readFile(data(fixture) + "/config.json")));
  if (edit)
    edit(*value.getAsObject());
  return llvm::formatv("{0}", value).str();
}

mlir::v4::ModelConfig goodConfig(const std::string &text) {
  mlir::v4::ModelConfig config;
  std::string error;
  EXPECT_TRUE(mlir::v4::parseConfig(text, config, error)) << error;
  return config;
}

std::string configError(const std::string &text) {
  mlir::v4::ModelConfig config;
  std::string error;
  EXPECT_EQ(mlir::v4::parseConfig(text, config, error), error.empty());
  return error;
}

std::unique_ptr<Checkpoint> openCheckpoint(const std::string &folder) {
  std::string error;
  auto checkpoint = Checkpoint::open(folder, Checkpoint::Weights::optional, error);
  EXPECT_TRUE(checkpoint) << error;
  return checkpoint;
}

std::unique_ptr<Checkpoint> editedCheckpoint(const std::string &fixture, const std::string &folder,
                                             const std::function<void(std::vector<StoredTensor> &)> &edit,
                                             const std::function<void(json::Object &)> &editConfig) {
  std::vector<StoredTensor> tensors;
  auto original = openCheckpoint(data(fixture));
  for (const auto &tensor : original->tensors())
    tensors.push_back({tensor.name, tensor.dtype, tensor.shape});
  edit(tensors);

  static const std::vector<uint8_t> zeros(8u << 20);
  std::vector<v4rt::checkpoint::TensorToWrite> writes;
  for (const StoredTensor &tensor : tensors)
    writes.push_back({tensor.name, tensor.dtype, tensor.shape, zeros.data()});
  std::string path = scratchFolder(folder), error;
  writeFile(path + "/config.json", configText(fixture, editConfig));
  EXPECT_TRUE(v4rt::checkpoint::writeSafetensors(path + "/model.safetensors", writes, {}, error)) << error;
  return openCheckpoint(path);
}

StoredTensor &tensorOf(std::vector<StoredTensor> &tensors, const std::string &name) {
  for (StoredTensor &tensor : tensors)
    if (tensor.name == name)
      return tensor;
  ADD_FAILURE() << "the fixture has no tensor " << name;
  return tensors.front();
}

} // namespace v4test

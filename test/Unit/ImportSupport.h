// Configs and checkpoints to import, made from the fixtures.
#pragma once

#include "codegen/Import/ImportModel.h"

#include "llvm/Support/JSON.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace v4test {

/// The text of a fixture's config.json, after `edit`.
std::string configText(const std::string &fixture,
                       const std::function<void(llvm::json::Object &)> &edit = {});

/// Parses a config that must be good.
mlir::v4::ModelConfig goodConfig(const std::string &text);

/// The error of a config, empty if it is good.
std::string configError(const std::string &text);

struct StoredTensor {
  std::string name;
  v4rt::checkpoint::DType dtype;
  std::vector<int64_t> shape;
};

/// A checkpoint whose tensors are those of a fixture after `edit`, all zero, in a scratch folder of that
/// name.
std::unique_ptr<v4rt::checkpoint::Checkpoint>
editedCheckpoint(const std::string &fixture, const std::string &folder,
                 const std::function<void(std::vector<StoredTensor> &)> &edit,
                 const std::function<void(llvm::json::Object &)> &editConfig = {});

StoredTensor &tensorOf(std::vector<StoredTensor> &tensors, const std::string &name);

std::unique_ptr<v4rt::checkpoint::Checkpoint> openCheckpoint(const std::string &folder);

} // namespace v4test

// Compares a checkpoint with the tensors that its config asks for, and finds out how each weight is stored.
#pragma once

#include "codegen/Import/Config.h"
#include "codegen/Import/TensorTable.h"
#include "runtime/checkpoint/Checkpoint.h"

#include "llvm/ADT/StringMap.h"

#include <string>

namespace mlir::v4 {

enum class ElementFormat { f32, bf16, f8e4m3, f4e2m1, i64 };
enum class ScaleFormat { none, f8e8m0, f32 };

struct WeightFormat {
  ElementFormat element = ElementFormat::f32;
  ScaleFormat scale = ScaleFormat::none;
  int64_t blockRows = 0;
  int64_t blockCols = 0;

  bool operator==(const WeightFormat &other) const {
    return element == other.element && scale == other.scale && blockRows == other.blockRows &&
           blockCols == other.blockCols;
  }
};

struct WeightEntry {
  llvm::SmallVector<int64_t, 3> shape; // in elements; [experts, outputs, inputs] for a stack
  WeightFormat format;
};

struct Inventory {
  llvm::StringMap<WeightEntry> weights; // by the names of `listExpectedTensors`
  int64_t mtpTensors = 0;               // present, but left out
};

/// Fails on the first tensor that is missing, has the wrong shape or type, or belongs to no part of the
/// model.
bool takeInventory(const ModelConfig &config, const v4rt::checkpoint::Checkpoint &checkpoint,
                   Inventory &inventory, std::string &error);

/// The inventory of a checkpoint that is not there: types as published.
bool assumeInventory(const ModelConfig &config, Inventory &inventory, std::string &error);

} // namespace mlir::v4

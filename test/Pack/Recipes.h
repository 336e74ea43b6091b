// Checkpoints with random bytes, recipes, and what they must become by the definition in artifact.fbs.
#pragma once

#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/checkpoint/SafetensorsWriter.h"
#include "runtime/format/artifact_generated.h"

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace v4test {

/// Tensors under names, written as a checkpoint of one file.
class CheckpointMaker {
public:
  /// Random bytes; i64 tensors get values that 32 bits hold.
  void add(const std::string &name, v4rt::checkpoint::DType dtype, std::vector<int64_t> shape);
  void add(const std::string &name, v4rt::checkpoint::DType dtype, std::vector<int64_t> shape,
           std::vector<uint8_t> bytes);

  /// Writes them to an empty folder of this name and opens it.
  std::unique_ptr<v4rt::checkpoint::Checkpoint> open(const std::string &folder) const;

  const std::vector<uint8_t> &bytes(const std::string &name) const;

private:
  struct Tensor {
    std::string name;
    v4rt::checkpoint::DType dtype;
    std::vector<int64_t> shape;
    std::vector<uint8_t> bytes;
  };
  std::vector<Tensor> tensors;
  std::mt19937_64 random{42};
};

/// A recipe without offset.
v4rt::format::WeightT recipe(const std::string &name, std::vector<std::string> sources,
                             v4rt::format::ElementType sourceType, std::vector<uint64_t> shape,
                             v4rt::format::Layout layout = v4rt::format::Layout::row_major,
                             uint32_t panel = 0);

/// Puts a weight at the end of those of `manifest`, `gap` bytes of padding (a multiple of 64) before it.
void append(v4rt::format::ManifestT &manifest, v4rt::format::WeightT weight, uint64_t gap = 0);

/// The packed bytes, one element at a time.
std::vector<uint8_t> packNaively(const v4rt::format::WeightT &weight, const CheckpointMaker &checkpoint);

/// One weight of every kind, with ragged sizes.
void addAllKinds(CheckpointMaker &checkpoint, v4rt::format::ManifestT &manifest);

} // namespace v4test

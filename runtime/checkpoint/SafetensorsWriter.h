// Writes results as a safetensors file.
#pragma once

#include "runtime/checkpoint/Safetensors.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace v4rt::checkpoint {

/// A tensor to write; `data` must live until the file is written.
struct TensorToWrite {
  std::string name;
  DType dtype = DType::f32;
  std::vector<int64_t> shape;
  const void *data = nullptr;
};

/// Writes `path` aside, syncs it and renames it: on failure what was there before is untouched. Tensors are
/// stored in the order given. Fails on a name given twice or a negative extent.
bool writeSafetensors(const std::string &path, const std::vector<TensorToWrite> &tensors,
                      const std::vector<std::pair<std::string, std::string>> &metadata, std::string &error);

} // namespace v4rt::checkpoint

// A checkpoint folder: config.json and the tensors of model.safetensors, or of the shards that
// model.safetensors.index.json names.
#pragma once

#include "runtime/checkpoint/Safetensors.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace v4rt::checkpoint {

inline constexpr uint64_t kMaxConfigBytes = 16u << 20;
inline constexpr uint64_t kMaxIndexBytes = 256u << 20;

class Checkpoint {
public:
  enum class Weights { required, optional };

  /// Reads config.json and all headers, and checks that index and shards agree. With `Weights::optional` a
  /// folder without safetensors files will do. On failure the result is null and `error` a sentence for a
  /// person.
  static std::unique_ptr<Checkpoint> open(const std::string &folder, Weights weights, std::string &error);

  const std::string &folder() const { return folder_; }
  /// The text of config.json, not yet parsed.
  const std::string &config() const { return config_; }
  bool hasWeights() const { return !files_.empty(); }

  /// Sorted by name.
  const std::vector<TensorInfo> &tensors() const { return tensors_; }
  /// Null if there is none of that name.
  const TensorInfo *find(std::string_view name) const;

  const std::vector<File> &files() const { return files_; }
  /// The path of the file that holds `tensor`.
  const std::string &pathOf(const TensorInfo &tensor) const { return files_[tensor.file].path(); }

  /// Reads `bytes` bytes of the tensor's data from byte `begin` of it. Threads may call this at the same
  /// time.
  bool read(const TensorInfo &tensor, uint64_t begin, void *to, uint64_t bytes, std::string &error) const;
  bool read(const TensorInfo &tensor, std::vector<uint8_t> &data, std::string &error) const;

  /// Starts to read what read() will be asked for soon; the range must lie in the tensor.
  void willNeed(const TensorInfo &tensor, uint64_t begin, uint64_t bytes) const {
    files_[tensor.file].willNeed(tensor.offset + begin, bytes);
  }

private:
  Checkpoint() = default;
  bool openFiles(const std::vector<std::string> &names, std::string &error);
  bool openIndexed(const std::string &index, std::string &error);

  std::string folder_;
  std::string config_;
  std::vector<File> files_;
  std::vector<TensorInfo> tensors_;
};

} // namespace v4rt::checkpoint

#include "runtime/checkpoint/Checkpoint.h"

#include "runtime/checkpoint/ShardIndex.h"

#include <algorithm>
#include <filesystem>

namespace v4rt::checkpoint {

static constexpr const char *kSingleFile = "model.safetensors";
static constexpr const char *kIndexFile = "model.safetensors.index.json";

static bool endsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// Names of the files in `folder` that bear on the weights, sorted.
static bool listFolder(const std::string &folder, std::vector<std::string> &shards, std::string &error) {
  std::error_code code;
  std::filesystem::directory_iterator entry(folder, code), end;
  for (; !code && entry != end; entry.increment(code)) {
    std::string name = entry->path().filename().string();
    if (endsWith(name, ".safetensors"))
      shards.push_back(std::move(name));
  }
  if (code) {
    error = "cannot read the folder " + inQuotes(folder) + ": " + code.message();
    return false;
  }
  std::sort(shards.begin(), shards.end());
  return true;
}

std::unique_ptr<Checkpoint> Checkpoint::open(const std::string &folder, Weights weights, std::string &error) {
  std::error_code code;
  if (!std::filesystem::is_directory(folder, code)) {
    error = inQuotes(folder) + " is not a folder; a checkpoint is one with config.json and safetensors files";
    return nullptr;
  }
  std::unique_ptr<Checkpoint> checkpoint(new Checkpoint);
  checkpoint->folder_ = folder;
  if (!readText(folder + "/config.json", kMaxConfigBytes, checkpoint->config_, error))
    return nullptr;

  std::vector<std::string> present;
  if (!listFolder(folder, present, error))
    return nullptr;
  std::string index = folder + "/" + kIndexFile;
  if (std::filesystem::exists(index, code))
    return checkpoint->openIndexed(index, error) ? std::move(checkpoint) : nullptr;
  if (std::binary_search(present.begin(), present.end(), kSingleFile))
    return checkpoint->openFiles({kSingleFile}, error) ? std::move(checkpoint) : nullptr;
  if (present.empty() && weights == Weights::optional)
    return checkpoint;
  error = inQuotes(folder) + " has neither " + kSingleFile + " nor " + kIndexFile;
  if (!present.empty())
    error += ", though it has " + inQuotes(present.front());
  return nullptr;
}

bool Checkpoint::openFiles(const std::vector<std::string> &names, std::string &error) {
  SafetensorsHeader header;
  for (const std::string &name : names) {
    File file;
    if (!file.open(folder_ + "/" + name, error) || !readSafetensorsHeader(file, header, error))
      return false;
    for (TensorInfo &tensor : header.tensors) {
      tensor.file = static_cast<uint32_t>(files_.size());
      tensors_.push_back(std::move(tensor));
    }
    files_.push_back(std::move(file));
  }
  std::sort(tensors_.begin(), tensors_.end(), [](const TensorInfo &a, const TensorInfo &b) {
    return a.name != b.name ? a.name < b.name : a.file < b.file;
  });
  auto twice = std::adjacent_find(tensors_.begin(), tensors_.end(),
                                  [](const TensorInfo &a, const TensorInfo &b) { return a.name == b.name; });
  if (twice == tensors_.end())
    return true;
  error = "tensor " + inQuotes(twice->name) + " is in both " + inQuotes(pathOf(twice[0])) + " and " +
          inQuotes(pathOf(twice[1]));
  return false;
}

bool Checkpoint::openIndexed(const std::string &path, std::string &error) {
  std::string text;
  ShardIndex index;
  if (!readText(path, kMaxIndexBytes, text, error) || !parseShardIndex(text, path, index, error))
    return false;
  if (index.shards.empty()) {
    error = inQuotes(path) + " names no tensor";
    return false;
  }
  std::error_code code;
  for (const std::string &shard : index.shards)
    if (!std::filesystem::exists(folder_ + "/" + shard, code)) {
      error = inQuotes(path) + " names the shard " + inQuotes(shard) + ", which is not there";
      return false;
    }
  if (!openFiles(index.shards, error))
    return false;

  // Both lists are sorted by name: walk them side by side.
  auto listed = index.weightMap.begin();
  auto stored = tensors_.begin();
  while (listed != index.weightMap.end() || stored != tensors_.end()) {
    if (stored == tensors_.end() || (listed != index.weightMap.end() && listed->first < stored->name)) {
      error = inQuotes(path) + " places tensor " + inQuotes(listed->first) + " in " +
              inQuotes(index.shards[listed->second]) + ", which does not have it";
      return false;
    }
    if (listed == index.weightMap.end() || stored->name < listed->first) {
      error = inQuotes(pathOf(*stored)) + " has tensor " + inQuotes(stored->name) + ", which " +
              inQuotes(path) + " does not name";
      return false;
    }
    if (listed->second != stored->file) {
      error = inQuotes(path) + " places tensor " + inQuotes(listed->first) + " in " +
              inQuotes(index.shards[listed->second]) + ", but it is in " +
              inQuotes(index.shards[stored->file]);
      return false;
    }
    ++listed, ++stored;
  }
  return true;
}

const TensorInfo *Checkpoint::find(std::string_view name) const {
  auto at =
      std::lower_bound(tensors_.begin(), tensors_.end(), name,
                       [](const TensorInfo &tensor, std::string_view name) { return tensor.name < name; });
  return at != tensors_.end() && at->name == name ? &*at : nullptr;
}

bool Checkpoint::read(const TensorInfo &tensor, uint64_t begin, void *to, uint64_t bytes,
                      std::string &error) const {
  if (begin > tensor.bytes || bytes > tensor.bytes - begin) {
    error = "bytes " + std::to_string(begin) + " to " + std::to_string(begin + bytes) + " of tensor " +
            inQuotes(tensor.name) + " are wanted, but it has only " + std::to_string(tensor.bytes);
    return false;
  }
  return files_[tensor.file].readAt(tensor.offset + begin, to, bytes, error);
}

bool Checkpoint::read(const TensorInfo &tensor, std::vector<uint8_t> &data, std::string &error) const {
  data.resize(tensor.bytes);
  return read(tensor, 0, data.data(), tensor.bytes, error);
}

} // namespace v4rt::checkpoint

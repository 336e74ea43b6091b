// model.safetensors.index.json: which shard has which tensor.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace v4rt::checkpoint {

struct ShardIndex {
  std::vector<std::string> shards;                         // file names, sorted
  std::vector<std::pair<std::string, uint32_t>> weightMap; // tensor and index into `shards`, sorted by tensor
};

/// Parses the text of the index file at `path`. Shards must be plain names of files beside it, and no tensor
/// may be named twice.
bool parseShardIndex(const std::string &text, const std::string &path, ShardIndex &index, std::string &error);

} // namespace v4rt::checkpoint

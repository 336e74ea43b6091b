// The bytes are a safetensors header, or the text of a shard index: neither may crash the reader, and what it
// accepts must be sound.
#include "runtime/checkpoint/Safetensors.h"
#include "runtime/checkpoint/ShardIndex.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

using namespace v4rt::checkpoint;

static void require(bool good) {
  if (!good)
    abort();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view text(reinterpret_cast<const char *>(data), size);
  std::string error;

  // The length of the data is only interesting when some header can match it.
  for (uint64_t dataBytes : {0, 16, 100}) {
    SafetensorsHeader header;
    if (!parseSafetensorsHeader(text, 8 + size, dataBytes, "fuzz", header, error)) {
      require(!error.empty());
      continue;
    }
    uint64_t end = 8 + size;
    for (const TensorInfo &tensor : header.tensors) {
      uint64_t bytes = dtypeBytes(tensor.dtype);
      for (int64_t extent : tensor.shape) {
        require(extent >= 0);
        bytes *= static_cast<uint64_t>(extent);
      }
      require(tensor.offset == end && tensor.bytes == bytes);
      end += bytes;
    }
    require(end == 8 + size + dataBytes);
  }

  ShardIndex index;
  if (parseShardIndex(std::string(text), "fuzz", index, error))
    for (const auto &entry : index.weightMap)
      require(entry.second < index.shards.size() &&
              index.shards[entry.second].find('/') == std::string::npos);
  return 0;
}

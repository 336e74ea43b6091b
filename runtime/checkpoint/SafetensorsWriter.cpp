#include "runtime/checkpoint/SafetensorsWriter.h"

#include "runtime/AtomicFile.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace v4rt::checkpoint {

static bool checkTensors(const std::vector<TensorToWrite> &tensors, std::string &error) {
  std::vector<std::string_view> names;
  for (const TensorToWrite &tensor : tensors) {
    names.push_back(tensor.name);
    for (int64_t extent : tensor.shape)
      if (extent < 0) {
        error = "tensor " + inQuotes(tensor.name) + " has the shape " + shapeText(tensor.shape) +
                ", which has a negative extent";
        return false;
      }
    if (tensor.name == "__metadata__") {
      error = "a tensor may not be named '__metadata__'";
      return false;
    }
  }
  std::sort(names.begin(), names.end());
  auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice == names.end())
    return true;
  error = "tensor " + inQuotes(*twice) + " is to be written twice";
  return false;
}

static uint64_t bytesOf(const TensorToWrite &tensor) {
  uint64_t bytes = dtypeBytes(tensor.dtype);
  for (int64_t extent : tensor.shape)
    bytes *= static_cast<uint64_t>(extent);
  return bytes;
}

// Fails on names that are not UTF-8.
static bool headerText(const std::vector<TensorToWrite> &tensors,
                       const std::vector<std::pair<std::string, std::string>> &metadata, std::string &text,
                       std::string &error) {
  try {
    nlohmann::ordered_json header = nlohmann::ordered_json::object();
    if (!metadata.empty())
      header["__metadata__"] = nlohmann::ordered_json::object();
    for (const auto &entry : metadata)
      header["__metadata__"][entry.first] = entry.second;
    uint64_t offset = 0;
    for (const TensorToWrite &tensor : tensors) {
      uint64_t end = offset + bytesOf(tensor);
      // push_back: an ordered object looks names up one by one, and they are known to differ.
      header.get_ref<nlohmann::ordered_json::object_t &>().emplace_back(
          tensor.name, nlohmann::ordered_json{{"dtype", dtypeName(tensor.dtype)},
                                              {"shape", tensor.shape},
                                              {"data_offsets", {offset, end}}});
      offset = end;
    }
    text = header.dump();
  } catch (const std::exception &exception) {
    error = std::string("cannot write a safetensors header: ") + exception.what();
    return false;
  }
  // Readers that map the file want the data aligned.
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return true;
}

bool writeSafetensors(const std::string &path, const std::vector<TensorToWrite> &tensors,
                      const std::vector<std::pair<std::string, std::string>> &metadata, std::string &error) {
  std::string header;
  if (!checkTensors(tensors, error) || !headerText(tensors, metadata, header, error))
    return false;
  std::string start(8, '\0');
  for (int i = 0; i < 8; ++i)
    start[i] = static_cast<char>(static_cast<uint64_t>(header.size()) >> (8 * i));
  start += header;

  AtomicFile file;
  Status status = file.create(path);
  if (status.ok())
    status = file.writeAt(0, start.data(), start.size());
  uint64_t offset = start.size();
  for (size_t i = 0; status.ok() && i < tensors.size(); ++i) {
    uint64_t bytes = bytesOf(tensors[i]);
    status = file.writeAt(offset, tensors[i].data, bytes);
    offset += bytes;
  }
  if (status.ok())
    status = file.commit();
  error = status.text();
  return status.ok();
}

} // namespace v4rt::checkpoint

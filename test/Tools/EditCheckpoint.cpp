#include "test/Tools/EditCheckpoint.h"

#include "test/Support/Scratch.h"

#include <cstring>
#include <filesystem>

namespace v4test {

namespace fs = std::filesystem;
using nlohmann::json;

std::string copyCheckpoint(const std::string &fixture, const std::string &name) {
  std::string folder = scratchFolder(name);
  for (const fs::directory_entry &entry : fs::directory_iterator(data(fixture))) {
    std::string file = entry.path().filename().string();
    if (file == "config.json" || file.rfind("model", 0) == 0)
      fs::copy_file(entry.path(), fs::path(folder) / file);
  }
  return folder;
}

namespace {
struct Parts {
  json header;
  std::string data;
};
} // namespace

static Parts split(const std::string &file) {
  std::string bytes = readFile(file);
  uint64_t length;
  memcpy(&length, bytes.data(), sizeof length);
  return {json::parse(bytes.substr(8, length)), bytes.substr(8 + length)};
}

static void join(const std::string &file, const Parts &parts) {
  std::string header = parts.header.dump();
  header.resize((header.size() + 7) / 8 * 8, ' ');
  uint64_t length = header.size();
  std::string bytes(sizeof length, '\0');
  memcpy(bytes.data(), &length, sizeof length);
  writeFile(file, bytes + header + parts.data);
}

void editHeader(const std::string &file, const std::function<void(json &)> &edit) {
  Parts parts = split(file);
  edit(parts.header);
  join(file, parts);
}

void removeTensor(const std::string &file, const std::string &name) {
  Parts parts = split(file);
  uint64_t begin = parts.header.at(name).at("data_offsets")[0];
  uint64_t end = parts.header.at(name).at("data_offsets")[1];
  parts.data.erase(begin, end - begin);
  parts.header.erase(name);
  for (auto &[other, tensor] : parts.header.items()) {
    if (other == "__metadata__" || tensor["data_offsets"][0] < end)
      continue;
    for (json &offset : tensor["data_offsets"])
      offset = offset.get<uint64_t>() - (end - begin);
  }
  join(file, parts);
}

void addTensor(const std::string &file, const std::string &name) {
  Parts parts = split(file);
  uint64_t end = parts.data.size();
  parts.header[name] = {{"dtype", "F32"}, {"shape", {1}}, {"data_offsets", {end, end + 4}}};
  parts.data.append(4, '\0');
  join(file, parts);
}

void editJson(const std::string &file, const std::function<void(json &)> &edit) {
  json value = json::parse(readFile(file));
  edit(value);
  writeFile(file, value.dump(2));
}

void cutFile(const std::string &file, long bytes) {
  auto size = static_cast<long>(fs::file_size(file));
  fs::resize_file(file, static_cast<uintmax_t>(bytes < 0 ? size + bytes : bytes));
}

} // namespace v4test

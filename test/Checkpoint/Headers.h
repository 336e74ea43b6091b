// Safetensors files written by hand, good and bad.
#pragma once

#include <cstdint>
#include <string>

namespace v4test {

/// A file whose header is `json` and whose data is `dataBytes` bytes 0, 1, 2, ...
inline std::string safetensorsBytes(const std::string &json, uint64_t dataBytes) {
  std::string bytes(8, '\0');
  for (int i = 0; i < 8; ++i)
    bytes[i] = static_cast<char>(uint64_t(json.size()) >> (8 * i));
  bytes += json;
  for (uint64_t i = 0; i < dataBytes; ++i)
    bytes += static_cast<char>(i);
  return bytes;
}

/// `"name":{...}` of a vector of F32.
inline std::string f32Entry(const std::string &name, uint64_t begin, uint64_t count) {
  return "\"" + name + "\":{\"dtype\":\"F32\",\"shape\":[" + std::to_string(count) + "],\"data_offsets\":[" +
         std::to_string(begin) + "," + std::to_string(begin + 4 * count) + "]}";
}

} // namespace v4test

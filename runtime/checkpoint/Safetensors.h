// The header of a safetensors file: 8 bytes of length, that much JSON, then the data of the tensors without a
// gap. Only the header is read, and nothing in it is trusted.
#pragma once

#include "runtime/checkpoint/File.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace v4rt::checkpoint {

enum class DType : uint8_t { f64, f32, bf16, f16, f8e4m3, f8e5m2, f8e8m0, i64, i32, i16, i8, u8, boolean };

/// As in the file: "F8_E4M3".
const char *dtypeName(DType type);
uint64_t dtypeBytes(DType type);
bool parseDType(std::string_view name, DType &type);

/// "[24, 4096]"
std::string shapeText(const std::vector<int64_t> &shape);

struct TensorInfo {
  std::string name;
  DType dtype = DType::f32;
  std::vector<int64_t> shape;
  uint32_t file = 0;   // index into Checkpoint::files()
  uint64_t offset = 0; // of its data, from the start of the file
  uint64_t bytes = 0;

  int64_t elements() const { return static_cast<int64_t>(bytes / dtypeBytes(dtype)); }
};

struct SafetensorsHeader {
  std::vector<TensorInfo> tensors; // in the order of their data
  std::vector<std::pair<std::string, std::string>> metadata;
};

inline constexpr uint64_t kMaxHeaderBytes = 100u << 20;

/// Reads and checks the header of an open file: names once, shapes without overflow, data of the right size
/// that fills the file with neither overlap nor gap. On failure `error` is a sentence that names the file.
bool readSafetensorsHeader(const File &file, SafetensorsHeader &header, std::string &error);

/// The same for JSON already in memory, of a file with `dataBytes` bytes after its header. Offsets become
/// absolute by adding `dataOffset`.
bool parseSafetensorsHeader(std::string_view json, uint64_t dataOffset, uint64_t dataBytes,
                            const std::string &path, SafetensorsHeader &header, std::string &error);

} // namespace v4rt::checkpoint

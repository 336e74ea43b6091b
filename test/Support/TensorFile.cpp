#include "test/Support/TensorFile.h"

#include "runtime/checkpoint/Safetensors.h"

#include <cstring>
#include <stdexcept>

namespace v4test {

using v4rt::checkpoint::DType;

template <typename Stored> static void widen(const std::vector<uint8_t> &bytes, std::vector<double> &values) {
  values.resize(bytes.size() / sizeof(Stored));
  for (size_t i = 0; i < values.size(); ++i) {
    Stored value;
    memcpy(&value, bytes.data() + i * sizeof value, sizeof value);
    values[i] = static_cast<double>(value);
  }
}

/// The upper halves of float32 values.
static void widenBF16(const std::vector<uint8_t> &bytes, std::vector<double> &values) {
  values.resize(bytes.size() / 2);
  for (size_t i = 0; i < values.size(); ++i) {
    uint32_t bits = static_cast<uint32_t>(bytes[2 * i] << 16 | bytes[2 * i + 1] << 24);
    float value;
    memcpy(&value, &bits, sizeof value);
    values[i] = value;
  }
}

TensorFile readTensors(const std::string &path) {
  std::string error;
  v4rt::checkpoint::File file;
  v4rt::checkpoint::SafetensorsHeader header;
  if (!file.open(path, error) || !readSafetensorsHeader(file, header, error))
    throw std::runtime_error(error);
  TensorFile tensors;
  for (const v4rt::checkpoint::TensorInfo &info : header.tensors) {
    std::vector<uint8_t> bytes(info.bytes);
    if (!file.readAt(info.offset, bytes.data(), bytes.size(), error))
      throw std::runtime_error(error);
    Tensor tensor;
    tensor.shape = info.shape;
    tensor.isInteger = info.dtype == DType::i32 || info.dtype == DType::i64;
    switch (info.dtype) {
    case DType::f32:
      widen<float>(bytes, tensor.values);
      break;
    case DType::f64:
      widen<double>(bytes, tensor.values);
      break;
    case DType::bf16:
      widenBF16(bytes, tensor.values);
      break;
    case DType::f8e4m3:
    case DType::f8e8m0:
    case DType::i8:
      widen<uint8_t>(bytes, tensor.values);
      break;
    case DType::i32:
      widen<int32_t>(bytes, tensor.values);
      break;
    case DType::i64:
      widen<int64_t>(bytes, tensor.values);
      break;
    default:
      throw std::runtime_error(path + ": tensor '" + info.name + "' is of type " + dtypeName(info.dtype));
    }
    tensors.emplace(info.name, std::move(tensor));
  }
  return tensors;
}

} // namespace v4test

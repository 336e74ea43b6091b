#include "runtime/checkpoint/Safetensors.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <tuple>

namespace v4rt::checkpoint {
namespace {

struct DTypeInfo {
  DType type;
  const char *name;
  uint64_t bytes;
};

constexpr DTypeInfo kDTypes[] = {
    {DType::f64, "F64", 8},        {DType::f32, "F32", 4},        {DType::bf16, "BF16", 2},
    {DType::f16, "F16", 2},        {DType::f8e4m3, "F8_E4M3", 1}, {DType::f8e5m2, "F8_E5M2", 1},
    {DType::f8e8m0, "F8_E8M0", 1}, {DType::i64, "I64", 8},        {DType::i32, "I32", 4},
    {DType::i16, "I16", 2},        {DType::i8, "I8", 1},          {DType::u8, "U8", 1},
    {DType::boolean, "BOOL", 1},
};

using nlohmann::json;

// Takes the header as a stream of events: 145,000 tensors without a tree of JSON values, and a name or field
// given twice is seen, which a tree would hide.
class HeaderReader final : public nlohmann::json_sax<json> {
public:
  explicit HeaderReader(SafetensorsHeader &header) : header_(header) {}

  std::string takeError() { return std::move(error_); }

  bool start_object(size_t) override {
    switch (at_) {
    case At::start:
      at_ = At::top;
      return true;
    case At::top:
      at_ = isMetadata_ ? At::metadata : At::tensor;
      return true;
    default:
      return unexpected("an object");
    }
  }

  bool end_object() override {
    if (at_ == At::tensor) {
      if (!hasDType_ || !hasShape_ || !hasOffsets_)
        return fail(tensorText() + " has no " +
                    (!hasDType_   ? "dtype"
                     : !hasShape_ ? "shape"
                                  : "data_offsets"));
      at_ = At::top;
    } else if (at_ == At::metadata) {
      at_ = At::top;
    } else {
      at_ = At::done;
    }
    return true;
  }

  bool key(string_t &name) override {
    if (at_ == At::top) {
      isMetadata_ = name == "__metadata__";
      if (!isMetadata_)
        beginTensor(name);
      else if (std::exchange(hasMetadata_, true))
        return fail("has '__metadata__' twice");
    } else if (at_ == At::metadata) {
      header_.metadata.emplace_back(std::move(name), std::string());
    } else if (name == "dtype") {
      field_ = Field::dtype;
      return once(hasDType_, "dtype");
    } else if (name == "shape") {
      field_ = Field::shape;
      return once(hasShape_, "shape");
    } else if (name == "data_offsets") {
      field_ = Field::offsets;
      return once(hasOffsets_, "data_offsets");
    } else {
      return fail(tensorText() + " has the unknown field " + inQuotes(name) +
                  ", wanted are dtype, shape and data_offsets");
    }
    return true;
  }

  bool string(string_t &text) override {
    if (at_ == At::metadata) {
      header_.metadata.back().second = std::move(text);
      return true;
    }
    if (at_ != At::tensor || field_ != Field::dtype)
      return unexpected("a string");
    if (!parseDType(text, tensor().dtype))
      return fail(tensorText() + " has the unknown dtype " + inQuotes(text));
    return true;
  }

  bool start_array(size_t) override {
    if (at_ != At::tensor || field_ == Field::dtype)
      return unexpected("an array");
    at_ = At::numbers;
    return true;
  }

  bool end_array() override {
    at_ = At::tensor;
    if (field_ == Field::offsets && offsetCount_ != 2)
      return fail(tensorText() + " has " + std::to_string(offsetCount_) + " data_offsets, wanted 2");
    return true;
  }

  bool number_unsigned(number_unsigned_t value) override {
    if (at_ != At::numbers)
      return unexpected("a number");
    if (field_ == Field::shape) {
      if (value > INT64_MAX)
        return fail(tensorText() + " has the extent " + std::to_string(value) + ", which is too large");
      tensor().shape.push_back(static_cast<int64_t>(value));
      return true;
    }
    if (offsetCount_ == 0)
      tensor().offset = value;
    else if (offsetCount_ == 1)
      end_ = value;
    ++offsetCount_;
    if (offsetCount_ == 2 && end_ < tensor().offset)
      return fail(tensorText() + " begins at byte " + std::to_string(tensor().offset) +
                  " and ends before it, at " + std::to_string(end_));
    if (offsetCount_ == 2)
      tensor().bytes = end_ - tensor().offset;
    return true;
  }

  bool number_integer(number_integer_t value) override {
    if (at_ != At::numbers)
      return unexpected("a number");
    return fail(tensorText() + " has the negative " + (field_ == Field::shape ? "extent " : "data offset ") +
                std::to_string(value));
  }

  bool number_float(number_float_t, const string_t &text) override {
    return unexpected("the number " + text);
  }
  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("a boolean"); }
  bool binary(binary_t &) override { return unexpected("binary data"); }

  bool parse_error(size_t position, const std::string &token, const nlohmann::detail::exception &) override {
    return fail("is not valid JSON at byte " + std::to_string(position) + " of its header" +
                (token.empty() ? "" : ", near " + inQuotes(token)));
  }

private:
  enum class At { start, top, tensor, numbers, metadata, done };
  enum class Field { dtype, shape, offsets };

  TensorInfo &tensor() { return header_.tensors.back(); }
  std::string tensorText() { return "has a bad header: tensor " + inQuotes(tensor().name); }

  void beginTensor(string_t &name) {
    header_.tensors.emplace_back();
    tensor().name = std::move(name);
    hasDType_ = hasShape_ = hasOffsets_ = false;
    offsetCount_ = 0;
    end_ = 0;
    field_ = Field::dtype;
  }

  bool once(bool &seen, const char *field) {
    if (std::exchange(seen, true))
      return fail(tensorText() + " has " + inQuotes(field) + " twice");
    return true;
  }

  bool fail(std::string text) {
    error_ = std::move(text);
    return false;
  }

  bool unexpected(const std::string &found) {
    switch (at_) {
    case At::start:
    case At::done:
      return fail("has " + found + " as its header, wanted an object");
    case At::metadata:
      return fail("has " + found + " in '__metadata__', wanted a string");
    case At::top:
      return fail("has " + found + " for " +
                  (isMetadata_ ? "'__metadata__'" : "tensor " + inQuotes(tensor().name)) +
                  ", wanted an object");
    case At::tensor:
    case At::numbers:
      break;
    }
    const char *field = field_ == Field::dtype ? "dtype" : field_ == Field::shape ? "shape" : "data_offsets";
    const char *wanted = field_ == Field::dtype ? "a string" : "an array of whole numbers";
    return fail(tensorText() + " has " + found + " in its " + field + ", wanted " + wanted);
  }

  SafetensorsHeader &header_;
  std::string error_;
  At at_ = At::start;
  Field field_ = Field::dtype;
  bool isMetadata_ = false, hasMetadata_ = false;
  bool hasDType_ = false, hasShape_ = false, hasOffsets_ = false;
  int offsetCount_ = 0;
  uint64_t end_ = 0;
};

bool checkSize(const TensorInfo &tensor, std::string &error) {
  uint64_t bytes = dtypeBytes(tensor.dtype);
  bool overflow = false;
  // An extent of zero makes any product zero, so the others may not hide an overflow behind it.
  for (int64_t extent : tensor.shape)
    if (extent != 0)
      overflow |= __builtin_mul_overflow(bytes, static_cast<uint64_t>(extent), &bytes);
  if (std::find(tensor.shape.begin(), tensor.shape.end(), 0) != tensor.shape.end())
    bytes = 0;
  if (!overflow && bytes == tensor.bytes)
    return true;
  error = "tensor " + inQuotes(tensor.name) + " of shape " + shapeText(tensor.shape) + " and dtype " +
          dtypeName(tensor.dtype);
  if (overflow)
    error += " has more bytes than 64 bits can count";
  else
    error += " takes " + std::to_string(bytes) + " bytes, but its data_offsets span " +
             std::to_string(tensor.bytes);
  return false;
}

// Sorts the tensors by their data and checks that it is the whole of the file's, once.
bool checkCover(std::vector<TensorInfo> &tensors, uint64_t dataBytes, std::string &error) {
  std::sort(tensors.begin(), tensors.end(), [](const TensorInfo &a, const TensorInfo &b) {
    return std::tie(a.offset, a.bytes, a.name) < std::tie(b.offset, b.bytes, b.name);
  });
  uint64_t end = 0;
  const TensorInfo *last = nullptr;
  for (const TensorInfo &tensor : tensors) {
    uint64_t tensorEnd = tensor.offset + tensor.bytes;
    if (tensorEnd > dataBytes) {
      error = "tensor " + inQuotes(tensor.name) + " ends at byte " + std::to_string(tensorEnd) +
              " of the data, but the file has only " + std::to_string(dataBytes) + " bytes of it";
      return false;
    }
    if (tensor.offset < end) {
      error = "tensor " + inQuotes(tensor.name) + " overlaps tensor " + inQuotes(last->name) +
              ": it begins at byte " + std::to_string(tensor.offset) + ", before the other ends at " +
              std::to_string(end);
      return false;
    }
    if (tensor.offset > end) {
      error = "bytes " + std::to_string(end) + " to " + std::to_string(tensor.offset) +
              " of the data, before tensor " + inQuotes(tensor.name) + ", belong to no tensor";
      return false;
    }
    end = tensorEnd;
    last = &tensor;
  }
  if (end != dataBytes) {
    error = "the tensors end at byte " + std::to_string(end) + " of the data, but the file has " +
            std::to_string(dataBytes) + " bytes of it";
    return false;
  }
  return true;
}

bool checkNames(const std::vector<TensorInfo> &tensors, std::string &error) {
  std::vector<std::string_view> names;
  names.reserve(tensors.size());
  for (const TensorInfo &tensor : tensors)
    names.push_back(tensor.name);
  std::sort(names.begin(), names.end());
  auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice == names.end())
    return true;
  error = "tensor " + inQuotes(*twice) + " is named twice";
  return false;
}

} // namespace

const char *dtypeName(DType type) { return kDTypes[static_cast<int>(type)].name; }
uint64_t dtypeBytes(DType type) { return kDTypes[static_cast<int>(type)].bytes; }

bool parseDType(std::string_view name, DType &type) {
  for (const DTypeInfo &info : kDTypes)
    if (name == info.name) {
      type = info.type;
      return true;
    }
  return false;
}

std::string shapeText(const std::vector<int64_t> &shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

bool parseSafetensorsHeader(std::string_view text, uint64_t dataOffset, uint64_t dataBytes,
                            const std::string &path, SafetensorsHeader &header, std::string &error) {
  header = {};
  std::string reason;
  try {
    HeaderReader reader(header);
    if (!json::sax_parse(text.begin(), text.end(), &reader)) {
      error = inQuotes(path) + " " + reader.takeError();
      return false;
    }
  } catch (const std::exception &exception) { // out of memory is all that is left
    error = "cannot read the header of " + inQuotes(path) + ": " + exception.what();
    return false;
  }
  bool good = checkNames(header.tensors, reason);
  for (size_t i = 0; good && i < header.tensors.size(); ++i)
    good = checkSize(header.tensors[i], reason);
  if (!good || !checkCover(header.tensors, dataBytes, reason)) {
    error = inQuotes(path) + " has a bad header: " + reason;
    return false;
  }
  for (TensorInfo &tensor : header.tensors)
    tensor.offset += dataOffset;
  return true;
}

bool readSafetensorsHeader(const File &file, SafetensorsHeader &header, std::string &error) {
  unsigned char prefix[8];
  if (file.size() < sizeof(prefix)) {
    error = inQuotes(file.path()) + " has " + std::to_string(file.size()) +
            " bytes, but a safetensors file has at least 8";
    return false;
  }
  if (!file.readAt(0, prefix, sizeof(prefix), error))
    return false;
  uint64_t length = 0;
  for (int i = 7; i >= 0; --i)
    length = length << 8 | prefix[i];
  if (length == 0) {
    error = inQuotes(file.path()) + " has a header of 0 bytes, wanted at least 2";
    return false;
  }
  if (length > kMaxHeaderBytes) {
    error = inQuotes(file.path()) + " has a header of " + std::to_string(length) + " bytes, at most " +
            std::to_string(kMaxHeaderBytes) + " are accepted";
    return false;
  }
  uint64_t rest = file.size() - sizeof(prefix);
  if (length > rest) {
    error = inQuotes(file.path()) + " has a header of " + std::to_string(length) + " bytes, but only " +
            std::to_string(rest) + " bytes follow its length";
    return false;
  }
  std::string text(length, '\0');
  if (!file.readAt(sizeof(prefix), text.data(), length, error))
    return false;
  return parseSafetensorsHeader(text, sizeof(prefix) + length, rest - length, file.path(), header, error);
}

} // namespace v4rt::checkpoint

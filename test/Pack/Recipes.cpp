#include "test/Pack/Recipes.h"

#include "runtime/pack/WeightPlan.h"
#include "test/Support/Scratch.h"

#include <cstring>
#include <stdexcept>

namespace v4test {

using v4rt::checkpoint::Checkpoint;
using v4rt::checkpoint::DType;
using v4rt::format::ElementType;
using v4rt::format::Layout;
using v4rt::format::WeightT;

void CheckpointMaker::add(const std::string &name, DType dtype, std::vector<int64_t> shape) {
  uint64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  std::vector<uint8_t> bytes(count * dtypeBytes(dtype));
  for (uint8_t &byte : bytes)
    byte = static_cast<uint8_t>(random());
  if (dtype == DType::i64)
    for (uint64_t i = 0; i < count; ++i) {
      int64_t value = static_cast<int32_t>(random());
      std::memcpy(&bytes[8 * i], &value, 8);
    }
  add(name, dtype, std::move(shape), std::move(bytes));
}

void CheckpointMaker::add(const std::string &name, DType dtype, std::vector<int64_t> shape,
                          std::vector<uint8_t> bytes) {
  tensors.push_back({name, dtype, std::move(shape), std::move(bytes)});
}

std::unique_ptr<Checkpoint> CheckpointMaker::open(const std::string &folder) const {
  std::string path = scratchFolder(folder), error;
  writeFile(path + "/config.json", "{}");
  std::vector<v4rt::checkpoint::TensorToWrite> list;
  for (const Tensor &tensor : tensors)
    list.push_back({tensor.name, tensor.dtype, tensor.shape, tensor.bytes.data()});
  if (!writeSafetensors(path + "/model.safetensors", list, {}, error))
    throw std::runtime_error(error);
  auto checkpoint = Checkpoint::open(path, Checkpoint::Weights::required, error);
  if (!checkpoint)
    throw std::runtime_error(error);
  return checkpoint;
}

const std::vector<uint8_t> &CheckpointMaker::bytes(const std::string &name) const {
  for (const Tensor &tensor : tensors)
    if (tensor.name == name)
      return tensor.bytes;
  throw std::runtime_error("no tensor " + name);
}

WeightT recipe(const std::string &name, std::vector<std::string> sources, ElementType sourceType,
               std::vector<uint64_t> shape, Layout layout, uint32_t panel) {
  WeightT weight;
  weight.name = name;
  weight.sources = std::move(sources);
  weight.source_type = sourceType;
  weight.type = sourceType == ElementType::i64 ? ElementType::i32 : sourceType;
  weight.shape = std::move(shape);
  weight.layout = layout;
  weight.panel = panel;
  if (!v4rt::packedBytes(weight, weight.bytes).ok())
    weight.bytes = 0;
  return weight;
}

void append(v4rt::format::ManifestT &manifest, WeightT weight, uint64_t gap) {
  weight.offset = (manifest.weights_bytes + 63) / 64 * 64 + gap;
  manifest.weights_bytes = weight.offset + weight.bytes;
  manifest.weights.push_back(std::make_unique<WeightT>(std::move(weight)));
}

static uint64_t unitBytes(ElementType type) {
  switch (type) {
  case ElementType::f64:
  case ElementType::i64:
    return 8;
  case ElementType::f32:
  case ElementType::i32:
    return 4;
  case ElementType::bf16:
    return 2;
  default:
    return 1;
  }
}

std::vector<uint8_t> packNaively(const WeightT &weight, const CheckpointMaker &checkpoint) {
  const uint64_t stored = unitBytes(weight.source_type), unit = unitBytes(weight.type);
  uint64_t n = 1, k = 1;
  for (size_t i = 0; i < weight.shape.size(); ++i)
    (i > 0 && i + 1 == weight.shape.size() ? k : n) *= weight.shape[i];
  if (weight.source_type == ElementType::f4e2m1)
    k = (k + 1) / 2;
  std::vector<uint8_t> packed;
  for (const std::string &source : weight.sources) {
    const std::vector<uint8_t> &bytes = checkpoint.bytes(source);
    // Little endian: the low bytes of an i64 are the i32.
    auto put = [&](uint64_t row, uint64_t column) {
      const uint8_t *from = row < n ? &bytes[(row * k + column) * stored] : nullptr;
      for (uint64_t i = 0; i < unit; ++i)
        packed.push_back(from ? from[i] : 0);
    };
    if (weight.layout == Layout::row_major || weight.layout == Layout::rows) {
      uint64_t rows =
          weight.layout == Layout::rows ? (n + weight.panel - 1) / weight.panel * weight.panel : n;
      for (uint64_t row = 0; row < rows; ++row)
        for (uint64_t column = 0; column < k; ++column)
          put(row, column);
      continue;
    }
    for (uint64_t panel = 0; panel < (n + weight.panel - 1) / weight.panel; ++panel)
      for (uint64_t column = 0; column < k; ++column)
        for (uint64_t lane = 0; lane < weight.panel; ++lane)
          put(panel * weight.panel + lane, column);
  }
  return packed;
}

void addAllKinds(CheckpointMaker &checkpoint, v4rt::format::ManifestT &manifest) {
  const struct {
    ElementType type;
    DType stored;
  } types[] = {{ElementType::f32, DType::f32},       {ElementType::bf16, DType::bf16},
               {ElementType::f8e4m3, DType::f8e4m3}, {ElementType::f8e8m0, DType::f8e8m0},
               {ElementType::f4e2m1, DType::i8},     {ElementType::i64, DType::i64},
               {ElementType::i32, DType::i32},       {ElementType::u8, DType::u8},
               {ElementType::f64, DType::f64}};
  const uint64_t shapes[][2] = {{1, 1}, {16, 64}, {17, 65}, {31, 7}, {5, 131}, {70, 33}};
  const uint32_t panels[] = {0, 1, 3, 8, 16, 32};
  for (auto type : types)
    for (auto [n, k] : shapes) {
      bool nibbles = type.type == ElementType::f4e2m1;
      std::string name =
          std::string(dtypeName(type.stored)) + "." + std::to_string(n) + "x" + std::to_string(k);
      std::vector<std::string> sources;
      for (int expert = 0; expert < (n == 17 ? 3 : 1); ++expert) {
        sources.push_back(name + "." + std::to_string(expert));
        checkpoint.add(sources.back(), type.stored, {int64_t(n), int64_t(nibbles ? (k + 1) / 2 : k)});
      }
      for (uint32_t panel : panels)
        append(manifest,
               recipe(name + "/" + std::to_string(panel), sources, type.type, {n, k},
                      panel == 0 ? Layout::row_major
                      : nibbles  ? Layout::panel_nibbles
                                 : Layout::panel,
                      panel),
               panel == 8 ? 128 : 0);
      append(manifest, recipe(name + "/rows", sources, type.type, {n, k}, Layout::rows, 16));
    }
  checkpoint.add("vector", DType::f32, {77});
  append(manifest, recipe("vector", {"vector"}, ElementType::f32, {77}));
  append(manifest, recipe("vector/16", {"vector"}, ElementType::f32, {77}, Layout::panel, 16));
  checkpoint.add("scalar", DType::f32, {});
  append(manifest, recipe("scalar", {"scalar"}, ElementType::f32, {}));
  checkpoint.add("cube", DType::bf16, {3, 4, 5});
  append(manifest, recipe("cube", {"cube"}, ElementType::bf16, {3, 4, 5}));
  manifest.weights_bytes += 100; // the section may be longer than its weights
}

} // namespace v4test

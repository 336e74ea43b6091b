#include "test/Numerics/RandomWeights.h"

#include "dialects/V4/Reference/Decode.h"
#include "test/Numerics/RandomDraw.h"

#include "llvm/ADT/bit.h"
#include "llvm/Support/xxhash.h"

#include <cmath>
#include <cstring>

namespace v4test {

using namespace mlir;
using namespace mlir::v4;

namespace {

template <typename T> void append(std::vector<uint8_t> &bytes, T value) {
  const auto *begin = reinterpret_cast<const uint8_t *>(&value);
  bytes.insert(bytes.end(), begin, begin + sizeof value);
}

/// Some subnormal numbers and zeros, the others between 1/4 and 4.
uint8_t drawE4M3(Draw &draw) {
  int64_t exponent = draw.chance(10) ? draw.between(0, 4) : draw.between(5, 8);
  return static_cast<uint8_t>(draw.between(0, 1) << 7 | exponent << 3 | draw.between(0, 7));
}

void drawMatrix(Draw &draw, StringRef name, int64_t ids, StoredWeight &weight) {
  WeightType type = weight.type;
  Type element = type.getElementType();
  int64_t outputs = type.getOutputs(), inputs = type.getInputs();
  double width = type.getShape().size() == 1 ? 1 : 1 / std::sqrt(static_cast<double>(inputs));
  auto number = [&] {
    if (name.contains("integers"))
      return static_cast<float>(draw.between(-2, 2));
    if (name.contains("norm"))
      return static_cast<float>(1 + 0.2 * draw.normal());
    return static_cast<float>(width * draw.normal());
  };
  for (int64_t n = 0; n < outputs; ++n) {
    if (type.isIds()) {
      for (int64_t id : draw.distinct(inputs, ids))
        append(weight.data, id);
    } else if (element.isF32()) {
      for (int64_t k = 0; k < inputs; ++k)
        append(weight.data, number());
    } else if (element.isBF16()) {
      for (int64_t k = 0; k < inputs; ++k)
        append(weight.data, static_cast<uint16_t>((llvm::bit_cast<uint32_t>(number()) + 0x8000) >> 16));
    } else if (isa<Float8E4M3FNType>(element)) {
      for (int64_t k = 0; k < inputs; ++k)
        weight.data.push_back(drawE4M3(draw));
    } else {
      for (int64_t k = 0; k < inputs; k += 2)
        weight.data.push_back(static_cast<uint8_t>(draw.between(0, k + 1 < inputs ? 255 : 15)));
    }
  }
  if (!type.isScaled())
    return;
  int64_t blocks = type.getScaleShape()[0] * type.getScaleShape()[1];
  int64_t exponent = std::lround(std::log2(width / 2));
  for (int64_t i = 0; i < blocks; ++i) {
    if (type.getScaleType().isF32())
      append(weight.scale, static_cast<float>(width * static_cast<double>(draw.between(100, 1000)) / 1000));
    else
      weight.scale.push_back(static_cast<uint8_t>(127 + exponent + draw.between(-1, 1)));
  }
}

/// [stack][ceil(rows / panel)][columns][panel] of units, zero where there is no row.
std::vector<uint8_t> packPanels(const std::vector<uint8_t> &from, int64_t stack, int64_t rows,
                                int64_t columns, int64_t unit, int64_t panel) {
  int64_t panels = (rows + panel - 1) / panel;
  std::vector<uint8_t> to(stack * panels * columns * panel * unit);
  for (int64_t s = 0; s < stack; ++s)
    for (int64_t n = 0; n < rows; ++n)
      for (int64_t k = 0; k < columns; ++k)
        std::memcpy(&to[((((s * panels) + n / panel) * columns + k) * panel + n % panel) * unit],
                    &from[((s * rows + n) * columns + k) * unit], unit);
  return to;
}

} // namespace

const StoredWeight &RandomWeights::get(StringRef name, WeightType type) {
  auto [it, isNew] = made.try_emplace(name.str());
  StoredWeight &weight = it->second;
  if (isNew) {
    weight.type = type;
    Draw draw(seed ^ llvm::xxh3_64bits(name));
    for (int64_t i = 0; i < type.getStack(); ++i)
      drawMatrix(draw, name, ids, weight);
  }
  assert(weight.type == type && "one type a weight");
  return weight;
}

llvm::Expected<reference::Tensor> RandomWeights::load(StringRef name, WeightType type) {
  const StoredWeight &weight = get(name, type);
  reference::Tensor tensor(type.getShape().vec());
  if (type.isIds()) {
    for (int64_t i = 0; i < tensor.size(); ++i) {
      int64_t id;
      std::memcpy(&id, &weight.data[8 * i], 8);
      tensor.data[i] = static_cast<double>(id);
    }
    return tensor;
  }
  size_t bytes = weight.data.size() / type.getStack(), scaleBytes = weight.scale.size() / type.getStack();
  for (int64_t i = 0; i < type.getStack(); ++i)
    if (llvm::Error error =
            reference::decodeMatrix(type, ArrayRef(weight.data).slice(i * bytes, bytes),
                                    ArrayRef(weight.scale).slice(i * scaleBytes, scaleBytes),
                                    tensor.data.data() + i * type.getOutputs() * type.getInputs()))
      return error;
  return tensor;
}

std::vector<uint8_t> packElements(const StoredWeight &weight, LayoutAttr layout) {
  WeightType type = weight.type;
  if (type.isIds()) {
    std::vector<uint8_t> narrow;
    for (size_t i = 0; i < weight.data.size(); i += 8)
      narrow.insert(narrow.end(), &weight.data[i], &weight.data[i] + 4);
    return narrow;
  }
  if (layout.getKind() == WeightLayout::row_major)
    return weight.data;
  bool nibbles = isa<Float4E2M1FNType>(type.getElementType());
  int64_t columns = nibbles ? (type.getInputs() + 1) / 2 : type.getInputs();
  int64_t unit = static_cast<int64_t>(weight.data.size()) / (type.getStack() * type.getOutputs() * columns);
  if (layout.getKind() == WeightLayout::panel_words) {
    int64_t word = LayoutAttr::getWordBits(type.getElementType()) / 8;
    columns = columns * unit / word, unit = word;
  }
  return packPanels(weight.data, type.getStack(), type.getOutputs(), columns, unit, layout.getPanel());
}

std::vector<uint8_t> packScales(const StoredWeight &weight, LayoutAttr layout) {
  WeightType type = weight.type;
  if (type.getBlockRows() != 1)
    return weight.scale;
  return packPanels(weight.scale, type.getStack(), type.getOutputs(), type.getScaleShape()[1],
                    type.getScaleType().isF32() ? 4 : 1, layout.getPanels());
}

} // namespace v4test

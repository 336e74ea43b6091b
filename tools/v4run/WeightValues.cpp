#include "tools/v4run/WeightValues.h"

#include "tools/v4run/Failure.h"

#include <cstring>

namespace v4run {

using v4rt::format::ElementType;

std::optional<std::vector<float>> weightValues(const v4rt::Artifact &artifact, const std::string &name) {
  for (const v4rt::format::Weight *weight : *artifact.manifest().weights()) {
    if (weight->name()->string_view() != name)
      continue;
    bool isF32 = weight->type() == ElementType::f32;
    if (weight->layout() != v4rt::format::Layout::row_major ||
        (!isF32 && weight->type() != ElementType::bf16) || !artifact.weights())
      throw Failure("weight " + name + " is not stored in rows as f32 or bf16");
    const uint8_t *from = artifact.weights().data + weight->offset();
    std::vector<float> values(weight->bytes() / (isF32 ? 4 : 2));
    for (size_t i = 0; i < values.size(); ++i) {
      uint32_t word = 0;
      if (isF32) {
        memcpy(&word, from + 4 * i, 4);
      } else {
        uint16_t high;
        memcpy(&high, from + 2 * i, 2);
        word = uint32_t(high) << 16;
      }
      memcpy(&values[i], &word, 4);
    }
    return values;
  }
  return std::nullopt;
}

} // namespace v4run

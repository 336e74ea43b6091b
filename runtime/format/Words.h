// Weights whose inputs lie together in words (Layout::panel_words).
#pragma once

#include "runtime/format/artifact_generated.h"

#include <cstdint>

namespace v4rt::format {

/// Bytes of a word of numbers of `type`; 0 of types that do not come in words.
inline uint32_t wordBytes(ElementType type) {
  switch (type) {
  case ElementType::f8e4m3:
  case ElementType::f4e2m1:
  case ElementType::bf16:
    return 4;
  default:
    return 0;
  }
}

/// Whether a row of `inputs` numbers is made of whole words.
inline bool fillsWords(ElementType type, uint64_t inputs) {
  uint64_t numbers = type == ElementType::f4e2m1 ? 8 : type == ElementType::f8e4m3 ? 4 : 2;
  return wordBytes(type) > 0 && inputs > 0 && inputs % numbers == 0;
}

} // namespace v4rt::format

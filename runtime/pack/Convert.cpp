#include "runtime/pack/Convert.h"

#include <cstring>

namespace v4rt {

static std::string nameOf(const Block &block) { return checkpoint::inQuotes(block.tensor().name); }

static Status narrowIds(const Block &block, const uint8_t *from, uint8_t *to) {
  uint64_t limit = block.plan->recipe->id_limit;
  for (uint64_t i = 0; i < block.units(); ++i) {
    int64_t value;
    std::memcpy(&value, from + 8 * i, sizeof(value));
    auto narrowed = static_cast<int32_t>(value);
    if (narrowed != value)
      return fail(V4_INVALID_ARGUMENT, "tensor %s has the value %lld, which 32 bits do not hold",
                  nameOf(block).c_str(), (long long)value);
    if (limit > 0 && uint64_t(value) >= limit)
      return fail(V4_INVALID_ARGUMENT, "tensor %s has the id %lld, but ids run from 0 to %llu",
                  nameOf(block).c_str(), (long long)value, (unsigned long long)limit - 1);
    std::memcpy(to + 4 * i, &narrowed, sizeof(narrowed));
  }
  return {};
}

static Status narrowScales(const Block &block, const uint8_t *from, uint8_t *to) {
  for (uint64_t i = 0; i < block.units(); ++i) {
    uint32_t bits;
    std::memcpy(&bits, from + 4 * i, sizeof(bits));
    // E8M0 is the exponent of an F32; its 0 is 2^-127, which F32 has as a subnormal. 255 is no number.
    uint32_t exponent = bits >> 23, mantissa = bits & 0x7fffff;
    bool isLeast = bits == 0x400000;
    if (!isLeast && (mantissa != 0 || exponent == 0 || exponent > 254)) {
      float value;
      std::memcpy(&value, &bits, sizeof(value));
      return fail(V4_INVALID_ARGUMENT, "tensor %s has the scale %.9g, but the program wants powers of two",
                  nameOf(block).c_str(), value);
    }
    to[i] = static_cast<uint8_t>(exponent);
  }
  return {};
}

Status convertUnits(const Block &block, const uint8_t *from, uint8_t *to) {
  return block.plan->recipe->type == format::ElementType::f8e8m0 ? narrowScales(block, from, to)
                                                                 : narrowIds(block, from, to);
}

Status checkNumbers(const Block &block, const uint8_t *codes) {
  uint64_t units = block.units();
  bool found = false;
  for (uint64_t i = 0; i < units; ++i) // without a branch: the compiler takes many at a time
    found |= (codes[i] & 0x7f) == 0x7f;
  if (!found)
    return {};
  uint64_t at = 0;
  while ((codes[at] & 0x7f) != 0x7f)
    ++at;
  return fail(V4_INVALID_ARGUMENT, "tensor %s has a weight that is not a number, in row %llu and column %llu",
              nameOf(block).c_str(), (unsigned long long)(block.row + at / block.plan->columns),
              (unsigned long long)(at % block.plan->columns));
}

} // namespace v4rt

#include "runtime/StateRows.h"
#include "runtime/Manifest.h"

#include <algorithm>
#include <cinttypes>
#include <cmath>
#include <cstring>

namespace v4rt {

using format::ElementType;

uint64_t rowValues(const format::State &state) {
  return state.packing() ? state.packing()->elements() : state.row_elements();
}

ElementType valueType(const format::State &state) {
  return state.packing() ? state.packing()->type() : state.type();
}

bool canWiden(const format::State &state) {
  return valueType(state) == ElementType::f32 || valueType(state) == ElementType::bf16;
}

static uint64_t codeBytes(const format::Packing &packing) {
  return packing.codes() == ElementType::f4e2m1 ? packing.coded() / 2 + packing.coded() % 2 : packing.coded();
}

Status checkPacking(const format::State &state) {
  const format::Packing &packing = *state.packing();
  uint64_t record = state.row_elements(), plainBytes;
  auto isWithin = [&](uint64_t offset, uint64_t bytes) {
    return offset <= record && bytes <= record - offset;
  };
  bool known = (packing.codes() == ElementType::f8e4m3 || packing.codes() == ElementType::f4e2m1) &&
               canWiden(state) && state.type() == ElementType::u8;
  if (!known || packing.block() == 0 || packing.coded() == 0 || packing.coded() > packing.elements() ||
      !typeBytes(packing.type(), packing.elements() - packing.coded(), plainBytes) ||
      codeBytes(packing) > record || !isWithin(packing.plain_offset(), plainBytes) ||
      !isWithin(packing.scale_offset(), (packing.coded() - 1) / packing.block() + 1))
    return fail(V4_BAD_ARTIFACT,
                "rows of state %s are packed in a way that does not fit their %" PRIu64 " bytes",
                state.name()->c_str(), record);
  return {};
}

static void widenPlain(ElementType type, const uint8_t *from, uint64_t count, float *out) {
  if (type == ElementType::f32) {
    memcpy(out, from, count * sizeof(float));
    return;
  }
  for (uint64_t i = 0; i < count; ++i) {
    uint16_t half;
    memcpy(&half, from + i * sizeof(half), sizeof(half));
    uint32_t widened = uint32_t(half) << 16;
    memcpy(out + i, &widened, sizeof(widened));
  }
}

/// Sign, `exponentBits`, `mantissaBits`; without infinities.
static float decode(unsigned code, int exponentBits, int mantissaBits) {
  int exponent = code >> mantissaBits & ((1u << exponentBits) - 1), bias = (1 << (exponentBits - 1)) - 1;
  int mantissa = code & ((1u << mantissaBits) - 1);
  if (exponent > 0)
    mantissa += 1 << mantissaBits;
  float magnitude = std::ldexp(float(mantissa), std::max(exponent, 1) - bias - mantissaBits);
  return code >> (exponentBits + mantissaBits) & 1 ? -magnitude : magnitude;
}

void widenRow(const format::State &state, const uint8_t *stored, float *values) {
  if (!state.packing())
    return widenPlain(state.type(), stored, state.row_elements(), values);
  const format::Packing &packing = *state.packing();
  bool nibbles = packing.codes() == ElementType::f4e2m1;
  for (uint64_t i = 0; i < packing.coded(); ++i) {
    float scale = std::ldexp(1.0f, int(stored[packing.scale_offset() + i / packing.block()]) - 127);
    float value = nibbles ? decode(stored[i / 2] >> (i % 2 * 4) & 0xf, 2, 1) : decode(stored[i], 4, 3);
    values[i] = value * scale;
  }
  widenPlain(packing.type(), stored + packing.plain_offset(), packing.elements() - packing.coded(),
             values + packing.coded());
}

} // namespace v4rt

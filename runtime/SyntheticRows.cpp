#include "runtime/SyntheticRows.h"

namespace v4rt {

static uint64_t plainBytes(const format::Packing &packing) {
  uint64_t bytes = 0;
  typeBytes(packing.type(), packing.elements() - packing.coded(), bytes); // cannot overflow: readManifest
  return bytes;
}

void SyntheticRows::fill(uint8_t *rows, uint64_t bytes, const format::State &state, uint64_t rowBytes) {
  const format::Packing *packing = state.packing();
  if (!packing)
    return fill(rows, bytes, state.type());
  uint64_t plain = packing->plain_offset(), scales = packing->scale_offset();
  for (uint64_t row = 0; row + rowBytes <= bytes; row += rowBytes) {
    fill(rows + row, rowBytes, packing->codes());
    fill(rows + row + plain, plainBytes(*packing), packing->type());
    fill(rows + row + scales, (packing->coded() - 1) / packing->block() + 1, format::ElementType::f8e8m0);
  }
}

void SyntheticRows::fill(uint8_t *at, uint64_t bytes, format::ElementType type) {
  for (uint64_t i = 0; i < bytes; ++i) {
    random ^= random << 13, random ^= random >> 7, random ^= random << 17;
    uint8_t byte = uint8_t(random >> 32);
    // The highest byte of a float in [2^-15, 2^-1), either sign; e4m3 and e8m0 around 1; e2m1 anything.
    if (type == format::ElementType::f32)
      at[i] = i % 4 == 3 ? 0x38 + (byte & 0x87) % 7 + (byte & 0x80) : byte;
    else if (type == format::ElementType::bf16)
      at[i] = i % 2 == 1 ? 0x38 + (byte & 0x87) % 7 + (byte & 0x80) : byte;
    else if (type == format::ElementType::f8e8m0)
      at[i] = 120 + byte % 8;
    else
      at[i] = byte & 0xb7;
  }
}

} // namespace v4rt

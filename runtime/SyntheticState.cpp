#include "runtime/Manifest.h"
#include "runtime/Session.h"

#include <algorithm>

namespace v4rt {

namespace {

/// Finite numbers of every type, different from row to row: what attention reads must not be all alike.
class Filler {
public:
  explicit Filler(uint64_t seed) : random(seed * 0x9e3779b97f4a7c15u + 1) {}

  void fill(uint8_t *at, uint64_t bytes, format::ElementType type) {
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

  void fillRows(std::vector<uint8_t> &rows, const format::State &state, uint64_t rowBytes) {
    const format::Packing *packing = state.packing();
    if (!packing)
      return fill(rows.data(), rows.size(), state.type());
    uint64_t plain = packing->plain_offset(), scales = packing->scale_offset();
    for (uint64_t row = 0; row + rowBytes <= rows.size(); row += rowBytes) {
      fill(rows.data() + row, rowBytes, packing->codes());
      fill(rows.data() + row + plain, plainBytes(*packing), packing->type());
      fill(rows.data() + row + scales, (packing->coded() - 1) / packing->block() + 1,
           format::ElementType::f8e8m0);
    }
  }

private:
  static uint64_t plainBytes(const format::Packing &packing) {
    uint64_t bytes = 0;
    typeBytes(packing.type(), packing.elements() - packing.coded(), bytes); // cannot overflow: readManifest
    return bytes;
  }

  uint64_t random;
};

} // namespace

Status Session::synthesise(int32_t slot, uint32_t length) {
  V4_TRY(reset(slot));
  uint32_t most = manifest().model()->max_context();
  if (length > most)
    return fail(V4_CONTEXT_FULL, "a sequence of %u tokens was wanted, the artifact's max context is %u",
                length, most);
  states.grow(slot, length);
  std::vector<uint8_t> piece;
  uint64_t seed = 0;
  for (const States::State &state : states.all()) {
    uint64_t bytes = States::liveRows(state, length) * state.rowBytes;
    piece.resize(std::max<uint64_t>(state.rowBytes, (uint64_t(1) << 20) / state.rowBytes * state.rowBytes));
    Filler(++seed).fillRows(piece, *state.schema, state.rowBytes);
    for (uint64_t done = 0; done < bytes; done += piece.size())
      V4_TRY(device->write(states.slot(state, slot) + done, piece.data(),
                           std::min<uint64_t>(piece.size(), bytes - done)));
  }
  lengths[slot] = length;
  return {};
}

} // namespace v4rt

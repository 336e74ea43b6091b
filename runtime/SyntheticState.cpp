#include "runtime/Session.h"

#include <algorithm>

namespace v4rt {

/// Finite numbers of every type, different from row to row: what attention reads must not be all alike.
static void fillPiece(std::vector<uint8_t> &piece, format::ElementType type, uint64_t seed) {
  uint64_t random = seed * 0x9e3779b97f4a7c15u + 1;
  for (size_t i = 0; i < piece.size(); ++i) {
    random ^= random << 13, random ^= random >> 7, random ^= random << 17;
    uint8_t byte = uint8_t(random >> 32);
    // The highest byte of a float in [2^-15, 2^-1), either sign; e4m3 and e8m0 around 1; e2m1 anything.
    if (type == format::ElementType::f32)
      piece[i] = i % 4 == 3 ? 0x38 + (byte & 0x87) % 7 + (byte & 0x80) : byte;
    else if (type == format::ElementType::bf16)
      piece[i] = i % 2 == 1 ? 0x38 + (byte & 0x87) % 7 + (byte & 0x80) : byte;
    else if (type == format::ElementType::f8e8m0)
      piece[i] = 120 + byte % 8;
    else
      piece[i] = byte & 0xb7;
  }
}

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
    fillPiece(piece, state.schema->type(), ++seed);
    for (uint64_t done = 0; done < bytes; done += piece.size())
      V4_TRY(device->write(states.slot(state, slot) + done, piece.data(),
                           std::min<uint64_t>(piece.size(), bytes - done)));
  }
  lengths[slot] = length;
  return {};
}

} // namespace v4rt

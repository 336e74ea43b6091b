#include "runtime/Session.h"
#include "runtime/SyntheticRows.h"

#include <algorithm>

namespace v4rt {

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
    SyntheticRows(++seed).fill(piece.data(), piece.size(), *state.schema, state.rowBytes);
    for (uint64_t done = 0; done < bytes; done += piece.size())
      V4_TRY(device->write(states.slot(state, slot) + done, piece.data(),
                           std::min<uint64_t>(piece.size(), bytes - done)));
  }
  lengths[slot] = length;
  return {};
}

} // namespace v4rt

#include "runtime/Checksum.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace v4rt {

uint64_t checksum(const void *data, size_t bytes) { return XXH3_64bits(data, bytes); }

struct StreamingChecksum::State {
  XXH3_state_t hash;
};

StreamingChecksum::StreamingChecksum() : state(new State) { reset(); }
StreamingChecksum::~StreamingChecksum() = default;

void StreamingChecksum::update(const void *data, size_t bytes) {
  XXH3_64bits_update(&state->hash, data, bytes);
}

uint64_t StreamingChecksum::value() const { return XXH3_64bits_digest(&state->hash); }

void StreamingChecksum::reset() { XXH3_64bits_reset(&state->hash); }

} // namespace v4rt

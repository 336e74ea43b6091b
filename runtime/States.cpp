#include "runtime/States.h"
#include "runtime/Manifest.h"
#include "runtime/Memory.h"

#include <algorithm>

namespace v4rt {

// Of a state in a slot: pages of 2 MiB then add a quarter at most.
static constexpr uint64_t kLargeState = uint64_t(8) << 20;

static uint64_t rowBytesOf(const format::State &state) {
  uint64_t bytes = 0;
  typeBytes(state.type(), state.row_elements(), bytes); // cannot overflow: readManifest
  return bytes;
}

Status States::allocate(const format::Manifest &manifest, uint32_t slots, Device &on) {
  device = &on;
  uint64_t end = 0;
  for (const format::State *schema : *manifest.states()) {
    State state{schema, end, rowBytesOf(*schema), rowBytesOf(*schema) * schema->rows()};
    uint64_t bytes;
    if (!multiply(state.slotBytes, slots, bytes) || bytes > uint64_t(INT64_MAX) / 2 - end)
      return fail(V4_OUT_OF_MEMORY, "the states of %u sequences do not fit an address space", slots);
    states.push_back(state);
    end = (end + bytes + kPage - 1) / kPage * kPage;
  }
  nextGrowth.assign(slots, 0);
  return on.allocate(end, "the states of the sequences", memory);
}

/// The shortest sequence whose state has kLargeState bytes; none: the largest number.
static uint64_t lengthWhenLarge(const States::State &state) {
  if (state.slotBytes < kLargeState)
    return UINT64_MAX;
  uint64_t rows = (kLargeState + state.rowBytes - 1) / state.rowBytes;
  return state.schema->kind() == format::StateKind::entries ? rows * state.schema->ratio() : rows;
}

void States::grow(uint32_t number, uint64_t length) {
  uint64_t &next = nextGrowth[number];
  if (length < next)
    return;
  uint64_t handled = next;
  next = UINT64_MAX;
  for (const State &state : states) {
    uint64_t when = lengthWhenLarge(state);
    if (when > length)
      next = std::min(next, when);
    else if (when >= handled)
      device->expectMuch(slot(state, number), state.slotBytes);
  }
}

const States::State *States::find(std::string_view name) const {
  for (const State &state : states)
    if (state.schema->name()->string_view() == name)
      return &state;
  return nullptr;
}

uint64_t States::liveRows(const format::State &schema, uint64_t length) {
  uint64_t written = schema.kind() == format::StateKind::entries ? length / schema.ratio() : length;
  return std::min(written, schema.rows());
}

Status States::clear(uint32_t number) {
  for (const State &state : states)
    V4_TRY(device->clear(slot(state, number), state.slotBytes));
  return {};
}

uint64_t States::bytesAt(const format::Manifest &manifest, uint64_t length) {
  uint64_t bytes = 0;
  for (const format::State *state : *manifest.states())
    bytes += rowBytesOf(*state) * liveRows(*state, length);
  return bytes;
}

uint64_t States::bytesPerSequence(const format::Manifest &manifest) {
  uint64_t bytes = 0;
  for (const format::State *state : *manifest.states())
    bytes += rowBytesOf(*state) * state->rows();
  return bytes;
}

} // namespace v4rt

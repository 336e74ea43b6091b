// The memory of the sequences of a session: every state of the manifest as [slot][row][element].
#pragma once

#include "runtime/Artifact.h"
#include "runtime/Device.h"

#include <vector>

namespace v4rt {

class States {
public:
  struct State {
    const format::State *schema;
    uint64_t offset; // from the start of the memory, a multiple of 4096
    uint64_t rowBytes;
    uint64_t slotBytes;
  };

  Status allocate(const format::Manifest &manifest, uint32_t slots, Device &device);

  const std::vector<State> &all() const { return states; }
  /// Null when there is none of this name.
  const State *find(std::string_view name) const;

  /// Address of the state on the device, as kernels get it.
  uint8_t *base(const State &state) const { return memory + state.offset; }
  uint8_t *slot(const State &state, uint32_t slot) const { return base(state) + slot * state.slotBytes; }

  /// Rows, from row 0, that a sequence of `length` tokens has written.
  static uint64_t liveRows(const State &state, uint64_t length) { return liveRows(*state.schema, length); }
  static uint64_t liveRows(const format::State &schema, uint64_t length);

  Status clear(uint32_t slot);

  /// Before a sequence gets so long: what is large of it by then goes on in large pages. Short ones, of which
  /// a session may have many, stay in small pages.
  void grow(uint32_t slot, uint64_t length);

  /// Bytes of a sequence of `length` tokens.
  static uint64_t bytesAt(const format::Manifest &manifest, uint64_t length);
  /// Bytes that one sequence takes at most.
  static uint64_t bytesPerSequence(const format::Manifest &manifest);

private:
  std::vector<State> states;
  // Of each slot, the length at which the next state becomes large.
  std::vector<uint64_t> nextGrowth;
  Device *device = nullptr;
  uint8_t *memory = nullptr;
};

} // namespace v4rt

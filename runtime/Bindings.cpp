#include "runtime/Bindings.h"

namespace v4rt {

/// A matrix in several panels, which is not one of many to choose from.
static bool isReadInOrder(const format::Weight &weight) {
  switch (weight.layout()) {
  case format::Layout::panel:
  case format::Layout::panel_nibbles:
  case format::Layout::panel_words:
    return weight.sources()->size() == 1 && weight.shape()->Get(0) > weight.panel();
  case format::Layout::row_major:
  case format::Layout::rows:
    return false;
  }
  return false;
}

Launch Bindings::resolve(const format::Dispatch &dispatch) const {
  Launch launch{&dispatch, {}, {}, {}};
  auto bind = [&](const uint8_t *address, uint64_t bytes) {
    launch.buffers.push_back(const_cast<uint8_t *>(address)); // no kernel writes weights
    launch.bytes.push_back(int64_t(bytes));
  };
  for (const format::Binding *binding : *dispatch.bindings()) {
    uint32_t index = binding->index();
    switch (binding->space()) {
    case format::Space::buffer: {
      const format::Buffer &buffer = *manifest.buffers()->Get(index);
      bind(arena + buffer.offset(), buffer.bytes());
      break;
    }
    case format::Space::weight: {
      const format::Weight &weight = *manifest.weights()->Get(index);
      if (isReadInOrder(weight))
        launch.inOrder.push_back(launch.buffers.size());
      bind(weights + weight.offset(), weight.bytes());
      break;
    }
    case format::Space::state: {
      const States::State &state = states.all()[index];
      bind(states.base(state), state.slotBytes * slots);
      break;
    }
    }
  }
  return launch;
}

} // namespace v4rt

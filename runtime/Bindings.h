// What a dispatch's bindings stand for in one session.
#pragma once

#include "runtime/States.h"

namespace v4rt {

/// Memory on a device that dispatches are bound to.
struct Bindings {
  const format::Manifest &manifest;
  uint8_t *arena;
  const uint8_t *weights;
  const States &states;
  uint32_t slots; // that `states` has

  Launch resolve(const format::Dispatch &dispatch) const;
};

} // namespace v4rt

// Weights in memory of our own instead of the file's pages.
#pragma once

#include "runtime/Artifact.h"
#include "runtime/Memory.h"
#include "runtime/cpu/Processors.h"

#include <memory>
#include <vector>

namespace v4rt {

class WeightCopies {
public:
  /// V4_WEIGHTS_COPIED: one, in huge pages where the system has them. V4_WEIGHTS_PER_NODE: one on each memory
  /// node that this process has processors of. Gives the pages of the file back.
  Status make(Bytes weights, v4_weights_place place);

  /// By node.
  const std::vector<const uint8_t *> &addresses() const { return addresses_; }

private:
  Status copy(Bytes weights, const cpu::Processors &processors, int node);

  std::vector<std::unique_ptr<Memory>> memories;
  std::vector<const uint8_t *> addresses_;
};

} // namespace v4rt

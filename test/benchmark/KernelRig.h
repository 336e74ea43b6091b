// A step of a model that stands still before a launch, so that this launch can be run again and again.
#pragma once

#include "runtime/HostDevice.h"
#include "runtime/Session.h"

namespace v4bench {

/// Launches run with the inputs that they have in a model: those before them have run, and the sequence's
/// state is made of numbers that mean nothing. A launch overwrites what it wrote the last time.
class KernelRig {
public:
  /// `threads` 0: one a processor. `sequences`: the most of a step.
  v4rt::Status open(const char *path, unsigned threads, uint32_t sequences);

  /// A step of `sequences` with `tokens` tokens each after `context` others; their last ones want logits.
  v4rt::Status beginStep(uint32_t sequences, uint32_t tokens, uint32_t context);
  /// Launches of the step that have something to do.
  const std::vector<v4rt::Program> &launches() const { return steps; }
  static const v4rt::format::Dispatch &dispatch(const v4rt::Program &launch) {
    return *launch.launches.front().dispatch;
  }

  /// Runs the launches before this one, all of them if the step is past it.
  v4rt::Status advanceTo(size_t launch);
  /// Takes weights and states that the launch could read out of the caches: in a step they are there only for
  /// models that fit the caches whole. What other launches have just written stays.
  void evictInputs(size_t launch) const;
  v4rt::Status run(size_t launch, double &seconds);

  const v4rt::format::Manifest &manifest() const { return model.artifact().manifest(); }
  unsigned threads() const { return device.threads(); }
  const char *variant() const { return device.variant(); }

private:
  uint8_t *buffer(uint32_t index) const { return arena + manifest().buffers()->Get(index)->offset(); }
  void fillStates(uint32_t sequence);
  void fillInputs();

  v4rt::Model model;
  v4rt::HostDevice device;
  v4rt::States states;
  uint8_t *arena = nullptr;
  const uint8_t *weights = nullptr;
  std::vector<v4rt::Program> steps;                // one launch each
  uint32_t mostSequences = 0;                      // that `states` has slots for
  uint32_t sequences = 0, tokens = 0, context = 0; // of the step, as beginStep has them
  v4rt::Extents extents = {};
  size_t at = 0; // the launch that comes next
};

} // namespace v4bench

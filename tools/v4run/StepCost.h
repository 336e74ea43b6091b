// What a step has to read and compute, from the artifact's description of its launches.
#pragma once

#include "runtime/format/artifact_generated.h"

namespace v4run {

struct StepCost {
  double bytes = 0, flops = 0;

  /// The least seconds on a machine with these limits.
  double seconds(double bytesPerSecond, double flopPerSecond) const;
};

/// Of one launch in a step of `sequences` sequences with `tokens` tokens each after `context` others. Weights
/// are read once; of experts and tables as many as the tokens can choose, each token others.
StepCost launchCost(const v4rt::format::Manifest &manifest, const v4rt::format::Dispatch &dispatch,
                    double sequences, double tokens, double context);

/// Of all launches of the program that takes such a step (`tokens` at most the artifact's largest step).
StepCost stepCost(const v4rt::format::Manifest &manifest, double sequences, double tokens, double context);

/// That program.
const v4rt::format::Program &programFor(const v4rt::format::Manifest &manifest, uint64_t tokens);

} // namespace v4run

// Times of single launches over some steps.
#pragma once

#include "runtime/Session.h"
#include "tools/v4run/InspectReport.h"
#include "tools/v4run/MachineLimits.h"

#include <chrono>
#include <map>

namespace v4run {

class LaunchProfile {
public:
  explicit LaunchProfile(const v4rt::format::Manifest &manifest) : manifest(manifest) {}

  /// From now on launches of `session` are timed; a launch's time goes from the end of the one before.
  void attach(v4rt::Session &session);
  /// Before each step: its sequences, tokens of each, and the tokens before them.
  void beginStep(double sequences, double tokens, double context);

  /// By kernel, the slowest first: {"kernel", "launches", "seconds", "bytes", "flops", "roofline_fraction"}.
  Json table(const MachineLimits &limits) const;
  /// The first `most` rows of it.
  static void print(const Json &table, size_t most = SIZE_MAX);

  /// The trace events that Chrome and Perfetto read; launches are named by their place in the model.
  Json trace() const;

private:
  using Clock = std::chrono::steady_clock;
  struct Event {
    const v4rt::format::Dispatch *dispatch;
    double begin, seconds; // since the first step
    double bytes, flops;
  };

  void launched(const v4rt::format::Dispatch &dispatch);
  /// The values that a launch leaves, by their places in the model: "layers.3.attn.q_a, kv_a".
  std::string placeOf(const v4rt::format::Dispatch &dispatch) const;
  std::string kernelName(const v4rt::format::Dispatch &dispatch) const;

  const v4rt::format::Manifest &manifest;
  std::vector<Event> events;
  Clock::time_point start, last;
  double sequences = 1, tokens = 1, context = 0;
};

} // namespace v4run

// Steps that come again, as CUDA graphs: one call of the driver instead of one a launch.
#pragma once

#include "runtime/cuda/Driver.h"

#include <list>
#include <vector>

namespace v4rt::cuda {

/// What a graph depends on: which program, and the rows and the grid of each of its launches. Addresses stay.
using GraphKey = std::vector<int64_t>;

/// Keeps the graphs used last. A step is recorded when its key comes a second time: most sizes of prefill
/// come once.
class GraphCache {
public:
  static constexpr size_t kMostGraphs = 32, kMostKeys = 64;

  explicit GraphCache(const Driver &driver) : driver(driver) {}
  ~GraphCache() { clear(); }
  GraphCache(const GraphCache &) = delete;
  GraphCache &operator=(const GraphCache &) = delete;

  /// Wants a current context.
  void clear();

  /// Runs what `launches` would launch on `stream`: by calling it, or by replaying what it launched before.
  template <typename Launches> Status run(const GraphKey &key, CUstream stream, Launches launches) {
    bool isNew;
    Entry &entry = find(key, isNew);
    if (isNew)
      return launches();
    if (!entry.graph) {
      V4_TRY(driver.check(driver.captureBegin(stream, kCaptureThreadLocal), "record a step"));
      Status status = launches();
      V4_TRY(finish(stream, status, entry));
    }
    return driver.check(driver.graphLaunch(entry.graph, stream), "run a recorded step");
  }

private:
  struct Entry {
    GraphKey key;
    CUgraphExec graph; // null: seen once
  };

  Entry &find(const GraphKey &key, bool &isNew);
  Status finish(CUstream stream, const Status &launched, Entry &entry);

  const Driver &driver;
  std::list<Entry> entries; // used last first
};

} // namespace v4rt::cuda

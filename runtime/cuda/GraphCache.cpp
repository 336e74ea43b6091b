#include "runtime/cuda/GraphCache.h"

#include <algorithm>
#include <iterator>

namespace v4rt::cuda {

void GraphCache::clear() {
  for (Entry &entry : entries)
    if (entry.graph)
      (void)driver.graphExecDestroy(entry.graph);
  entries.clear();
}

GraphCache::Entry &GraphCache::find(const GraphKey &key, bool &isNew) {
  auto at = std::find_if(entries.begin(), entries.end(), [&](const Entry &e) { return e.key == key; });
  isNew = at == entries.end();
  if (!isNew) {
    entries.splice(entries.begin(), entries, at);
    return entries.front();
  }
  entries.push_front({key, nullptr});
  if (entries.size() > kMostKeys) {
    if (entries.back().graph)
      (void)driver.graphExecDestroy(entries.back().graph);
    entries.pop_back();
  }
  return entries.front();
}

Status GraphCache::finish(CUstream stream, const Status &launched, Entry &entry) {
  CUgraph graph = nullptr;
  Status status = driver.check(driver.captureEnd(stream, &graph), "record a step");
  if (!launched.ok())
    status = launched;
  if (status.ok())
    status = driver.check(driver.graphInstantiate(&entry.graph, graph, 0), "make a graph of a step");
  if (graph)
    (void)driver.graphDestroy(graph);
  if (!status.ok())
    return status;

  size_t graphs = std::count_if(entries.begin(), entries.end(), [](const Entry &e) { return e.graph; });
  if (graphs > kMostGraphs) {
    auto oldest = std::find_if(entries.rbegin(), entries.rend(), [](const Entry &e) { return e.graph; });
    (void)driver.graphExecDestroy(oldest->graph); // `entry` is the newest
    entries.erase(std::next(oldest).base());
  }
  return {};
}

} // namespace v4rt::cuda

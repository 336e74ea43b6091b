#include "tools/v4run/LaunchProfile.h"

#include "tools/v4run/StepCost.h"

#include <algorithm>
#include <cstdio>

namespace v4run {

namespace format = v4rt::format;

static double secondsBetween(std::chrono::steady_clock::time_point from,
                             std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

void LaunchProfile::attach(v4rt::Session &session) {
  session.afterLaunches([this](const format::Dispatch &dispatch) { launched(dispatch); });
  start = Clock::now();
}

void LaunchProfile::beginStep(double newSequences, double newTokens, double newContext) {
  sequences = newSequences, tokens = newTokens, context = newContext;
  last = Clock::now();
}

void LaunchProfile::launched(const format::Dispatch &dispatch) {
  Clock::time_point now = Clock::now();
  StepCost cost = launchCost(manifest, dispatch, sequences, tokens, context);
  events.push_back(
      {&dispatch, secondsBetween(start, last), secondsBetween(last, now), cost.bytes, cost.flops});
  last = now;
}

std::string LaunchProfile::kernelName(const format::Dispatch &dispatch) const {
  return manifest.kernels()->Get(dispatch.kernel())->name()->str();
}

Json LaunchProfile::table(const MachineLimits &limits) const {
  struct Row {
    std::string kernel;
    size_t launches = 0;
    double seconds = 0, bytes = 0, flops = 0, least = 0;
  };
  std::map<uint32_t, Row> byKernel;
  for (const Event &event : events) {
    Row &row = byKernel[event.dispatch->kernel()];
    row.kernel = kernelName(*event.dispatch);
    ++row.launches;
    row.seconds += event.seconds;
    row.bytes += event.bytes;
    row.flops += event.flops;
    row.least +=
        StepCost{event.bytes, event.flops}.seconds(limits.readBytesPerSecond, limits.dotFlopPerSecond);
  }
  std::vector<Row> rows;
  for (const auto &[kernel, row] : byKernel)
    rows.push_back(row);
  std::sort(rows.begin(), rows.end(), [](const Row &a, const Row &b) { return a.seconds > b.seconds; });
  Json table = Json::array();
  for (const Row &row : rows)
    table.push_back({{"kernel", row.kernel},
                     {"launches", row.launches},
                     {"seconds", row.seconds},
                     {"bytes", row.bytes},
                     {"flops", row.flops},
                     {"roofline_fraction", row.seconds > 0 ? row.least / row.seconds : 0}});
  return table;
}

void LaunchProfile::print(const Json &table, size_t most) {
  double all = 0;
  for (const Json &row : table)
    all += row["seconds"].get<double>();
  printf("%9s %6s %9s %9s %9s %9s  %s\n", "ms", "%", "launches", "GB/s", "GFLOP/s", "roofline", "kernel");
  size_t shown = 0;
  for (const Json &row : table) {
    if (shown++ == most) {
      printf("%*s%zu more\n", 60, "", table.size() - most);
      break;
    }
    double seconds = std::max(row["seconds"].get<double>(), 1e-12);
    printf("%9.3f %6.1f %9.0f %9.2f %9.2f %8.1f%%  %s\n", 1e3 * seconds, 100 * seconds / all,
           row["launches"].get<double>(), row["bytes"].get<double>() / seconds / 1e9,
           row["flops"].get<double>() / seconds / 1e9, 100 * row["roofline_fraction"].get<double>(),
           row["kernel"].get<std::string>().c_str());
  }
}

std::string LaunchProfile::placeOf(const format::Dispatch &dispatch) const {
  std::vector<std::string> names;
  for (uint32_t buffer : *dispatch.observed())
    names.push_back(manifest.buffers()->Get(buffer)->name()->str());
  if (names.empty())
    return dispatch.label()->str();
  // As far as all of them go: whole words, and not the last one.
  size_t common = names[0].rfind('.') == std::string::npos ? 0 : names[0].rfind('.') + 1;
  for (const std::string &name : names)
    while (common > 0 && name.compare(0, common, names[0], 0, common) != 0)
      common = common < 2 ? 0 : names[0].rfind('.', common - 2) + 1;
  std::string place = names[0];
  for (size_t i = 1; i < names.size(); ++i)
    place += ", " + names[i].substr(common);
  return place;
}

Json LaunchProfile::trace() const {
  Json list = Json::array();
  for (const Event &event : events)
    list.push_back(
        {{"name", placeOf(*event.dispatch)},
         {"cat", kernelName(*event.dispatch)},
         {"ph", "X"},
         {"pid", 1},
         {"tid", 1},
         {"ts", event.begin * 1e6},
         {"dur", event.seconds * 1e6},
         {"args",
          {{"dispatch", event.dispatch->label()->str()}, {"bytes", event.bytes}, {"flops", event.flops}}}});
  return {{"traceEvents", list}, {"displayTimeUnit", "ms"}};
}

} // namespace v4run

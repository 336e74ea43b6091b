#include "tools/v4run/Roofline.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

namespace v4run {

namespace format = v4rt::format;

namespace {

/// Data sheets of the SXM modules: memory bandwidth, BF16 products without sparsity.
struct Machine {
  const char *name;
  double bytesPerSecond, flopPerSecond;
};
constexpr Machine kMachines[] = {{"H100", 3.35e12, 989e12}, {"H200", 4.8e12, 989e12}};

struct Row {
  size_t launches = 0;
  std::set<int32_t> layers;
  double read = 0, written = 0, flops = 0;
  double seconds[std::size(kMachines)] = {};

  void add(const format::Dispatch &d, double context) {
    double thousands = context / 1024;
    double launchRead = double(d.bytes_read()) + double(d.values_read()) + double(d.state_read()) +
                        thousands * double(d.state_read_per_1024());
    double launchFlops = double(d.flops()) + thousands * double(d.flops_per_1024());
    ++launches;
    if (d.layer() >= 0)
      layers.insert(d.layer());
    read += launchRead;
    written += double(d.values_written());
    flops += launchFlops;
    for (size_t i = 0; i < std::size(kMachines); ++i)
      seconds[i] += std::max((launchRead + double(d.values_written())) / kMachines[i].bytesPerSecond,
                             launchFlops / kMachines[i].flopPerSecond);
  }

  Json json(const std::string &kernel) const {
    return {{"kernel", kernel},   {"launches", launches},     {"layers", layers.size()},
            {"bytes_read", read}, {"bytes_written", written}, {"flops", flops},
            {"seconds", seconds}};
  }
};

} // namespace

Json decodeRoofline(const format::Manifest &manifest, uint64_t context) {
  const format::Program &decode = *manifest.programs()->Get(0);
  std::map<uint32_t, Row> rows;
  std::map<int32_t, size_t> launches;
  Row total;
  for (const format::Dispatch *d : *decode.dispatches()) {
    rows[d->kernel()].add(*d, double(context));
    total.add(*d, double(context));
    if (d->layer() >= 0)
      ++launches[d->layer()];
  }
  std::vector<std::pair<uint32_t, Row>> sorted(rows.begin(), rows.end());
  std::sort(sorted.begin(), sorted.end(), [](const auto &a, const auto &b) {
    return std::pair(-a.second.seconds[0], a.first) < std::pair(-b.second.seconds[0], b.first);
  });
  Json machines = Json::array(), kernels = Json::array(), layers = Json::object();
  for (const Machine &machine : kMachines)
    machines.push_back({{"name", machine.name},
                        {"bytes_per_s", machine.bytesPerSecond},
                        {"flop_per_s", machine.flopPerSecond}});
  for (const auto &[kernel, row] : sorted)
    kernels.push_back(row.json(manifest.kernels()->Get(kernel)->name()->str()));
  for (const auto &[layer, count] : launches)
    layers[std::to_string(count)].push_back(layer);
  return {{"context", context},
          {"machines", machines},
          {"kernels", kernels},
          {"total", total.json("")},
          {"launches_of_layer", layers}};
}

static void printRow(const Json &row, const std::string &name, double layers) {
  auto number = [&](const char *key, double unit) { return row[key].get<double>() / unit; };
  printf("  %8.0f %6.0f %12.3f %12.3f %12.3f", number("launches", 1), layers, number("bytes_read", 1e6),
         number("bytes_written", 1e6), number("flops", 1e9));
  for (const Json &seconds : row["seconds"])
    printf(" %9.1f", seconds.get<double>() * 1e6);
  printf("  %s\n", name.c_str());
}

void printRoofline(const Json &roofline) {
  for (const auto &[count, layers] : roofline["launches_of_layer"].items())
    printf("%-12s %s launches a layer in decode, in %zu layers\n", "", count.c_str(), layers.size());
  printf("\na decode step of one token after %s: sums over the launches of a kernel\n",
         roofline["context"].dump().c_str());
  printf("  %8s %6s %12s %12s %12s", "launches", "layers", "MB read", "MB written", "GFLOP");
  for (const Json &machine : roofline["machines"])
    printf("   %s us", machine["name"].get<std::string>().c_str());
  printf("  kernel\n");
  for (const Json &row : roofline["kernels"])
    printRow(row, row["kernel"].get<std::string>(), row["layers"].get<double>());
  printRow(roofline["total"], "all", roofline["total"]["layers"].get<double>());
}

} // namespace v4run

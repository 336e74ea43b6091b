#include "tools/v4run/BenchTables.h"

#include "tools/v4run/LaunchProfile.h"

#include <cmath>
#include <cstdio>
#include <string>

namespace v4run {

static void printRates(const Json &row) {
  printf("%12.2f %12.2f %12.3f %8.1f %8.0f %9.1f%%\n", row["tokens_per_s"].get<double>(),
         row["bytes"].get<double>() / 1e6, row["flops"].get<double>() / 1e9, row["read_gb_s"].get<double>(),
         row["dot_gflop_s"].get<double>(), 100 * row["roofline_fraction"].get<double>());
}

void printBench(const Json &report) {
  const Json &machine = report["machine"];
  std::string others;
  for (const auto &[name, rate] : machine["dots"].items())
    if (name != machine["dot"])
      others += ", " + std::to_string(std::lround(rate.get<double>())) + " of " + name;
  printf("%d threads read %.1f GB/s and do %.0f GFLOP/s of %s%s; kernels %s\n", machine["threads"].get<int>(),
         machine["read_gb_s"].get<double>(), machine["dot_gflop_s"].get<double>(),
         machine["dot"].get<std::string>().c_str(), others.c_str(),
         machine["variant"].get<std::string>().c_str());
  printf("a launch of nothing takes %.2f us\n", machine["barrier_us"].get<double>());
  const Json &memory = report["memory"];
  auto megabytes = [&](const char *name) { return memory[name].get<double>() / 1e6; };
  printf("%.1f MB resident, of them %.1f before the session; weights %.1f, states %.1f, values of a step "
         "%.1f\n\n",
         megabytes("resident_bytes"), megabytes("resident_before_bytes"), megabytes("weights_bytes"),
         megabytes("state_bytes"), megabytes("arena_bytes"));
  printf("%10s %8s %12s %12s %12s %8s %8s %10s\n", "context", "batch", "tokens/s", "MB a step",
         "GFLOP a step", "GB/s", "GFLOP/s", "roofline");
  for (const Json &row : report["decode"])
    printf("%10.0f %8.0f ", row["context"].get<double>(), row["batch"].get<double>()), printRates(row);
  printf("\n%10s %8s\n", "prefill", "");
  for (const Json &row : report["prefill"])
    printf("%10.0f %8s ", row["tokens"].get<double>(), ""), printRates(row);
  if (report.contains("kernels"))
    printf("\n"), LaunchProfile::print(report["kernels"]);
}

} // namespace v4run

// Kernels of a compiled model one by one, beside what this machine reads and multiplies.
#include "test/benchmark/KernelRig.h"
#include "tools/v4run/MachineLimits.h"
#include "tools/v4run/StepCost.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

namespace v4bench {

namespace {

constexpr const char *kUsage =
    "usage: KernelBench ARTIFACT [--context N] [--batch N] [--prefill N] [--threads N]\n"
    "                   [--iterations N] [--limits GB_S,GFLOP_S] [--benchmark_...]\n"
    "\n"
    "Times single launches of each kernel of a CPU's artifact in a step of one token of each sequence\n"
    "(decode) and in one of many of one sequence (prefill), both after --context others (default: 4096, or\n"
    "what fits). A launch has the inputs that it has in a model; its weights and states are taken out of\n"
    "the caches before each run. Columns, after Google Benchmark's mean: the median, bytes and operations\n"
    "a second in it, the least time that the machine's limits allow over it, how many launches of the\n"
    "kernel the step has, and where the timed one is in the model.\n"
    "\n"
    "  --batch N       sequences of the decode step (default: 1)\n"
    "  --prefill N     tokens of the large step (default: the artifact's largest)\n"
    "  --threads N     threads that compute (default: one a processor)\n"
    "  --iterations N  runs of each launch (default: 20)\n"
    "  --limits R,D    GB/s and GFLOP/s of the machine, instead of measuring them\n"
    "\n"
    "Google Benchmark's options follow, such as --benchmark_filter=decode/ --benchmark_repetitions=5\n"
    "--benchmark_report_aggregates_only --benchmark_format=json.\n";

struct Options {
  const char *artifact = nullptr;
  uint32_t context = 4096, batch = 1, prefill = 0;
  unsigned threads = 0;
  int64_t iterations = 20;
  bool contextGiven = false;
  double readGB = 0, dotGFlop = 0;
};

[[noreturn]] void stop(const std::string &sentence) {
  fprintf(stderr, "KernelBench: error: %s\n", sentence.c_str());
  exit(1);
}

void check(const v4rt::Status &status) {
  if (!status.ok())
    stop(status.text());
}

uint32_t readNumber(const char *option, const char *text, uint32_t least) {
  char *rest = nullptr;
  errno = 0;
  unsigned long long value = strtoull(text, &rest, 10);
  if (*text < '0' || *text > '9' || *rest || errno || value < least || value > UINT32_MAX)
    stop(std::string("option ") + option + " has '" + text + "', wanted a number from " +
         std::to_string(least));
  return uint32_t(value);
}

void readLimits(const char *text, Options &options) {
  int end = 0;
  if (sscanf(text, "%lf,%lf%n", &options.readGB, &options.dotGFlop, &end) != 2 || text[end] ||
      !(options.readGB > 0) || !(options.dotGFlop > 0))
    stop(std::string("option --limits has '") + text + "', wanted GB/s and GFLOP/s like 20,150");
}

Options readOptions(int argc, char **argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    std::string name = argv[i];
    if (name.rfind("--", 0) != 0) {
      if (options.artifact)
        stop("a second artifact '" + name + "', wanted one");
      options.artifact = argv[i];
      continue;
    }
    bool known = name == "--context" || name == "--batch" || name == "--prefill" || name == "--threads" ||
                 name == "--iterations" || name == "--limits";
    if (!known)
      stop("unknown option " + name);
    if (++i == argc)
      stop("option " + name + " has no value");
    if (name == "--context")
      options.context = readNumber("--context", argv[i], 0), options.contextGiven = true;
    else if (name == "--batch")
      options.batch = readNumber("--batch", argv[i], 1);
    else if (name == "--prefill")
      options.prefill = readNumber("--prefill", argv[i], 1);
    else if (name == "--threads")
      options.threads = readNumber("--threads", argv[i], 1);
    else if (name == "--iterations")
      options.iterations = readNumber("--iterations", argv[i], 1);
    else
      readLimits(argv[i], options);
  }
  if (!options.artifact)
    stop("no artifact was named (KernelBench --help)");
  return options;
}

class Bench {
public:
  explicit Bench(const Options &options) : options(options) {
    check(rig.open(options.artifact, options.threads, options.batch));
    steps[0] = {options.batch, 1};
    steps[1] = {1, options.prefill ? options.prefill : rig.manifest().max_step_tokens()};
    context = options.context;
    uint32_t most = rig.manifest().model()->max_context(), room = most - std::min(most, steps[1].tokens);
    if (!options.contextGiven)
      context = std::min(context, room);
    limits = options.readGB > 0
                 ? v4run::MachineLimits{options.readGB * 1e9, options.dotGFlop * 1e9, "as given", 0}
                 : v4run::MachineMeter(rig.threads(), /*pinned=*/false).measure();
    char text[160];
    snprintf(text, sizeof(text), "%u threads, %.1f GB/s read, %.0f GFLOP/s (%s); kernels %s", rig.threads(),
             limits.readBytesPerSecond / 1e9, limits.dotFlopPerSecond / 1e9, limits.dot, rig.variant());
    benchmark::AddCustomContext("limits", text);
  }

  void registerAll() {
    for (int kind : {0, 1}) {
      enter(kind);
      std::map<uint32_t, size_t> launchesOf;
      for (const v4rt::Program &launch : rig.launches())
        ++launchesOf[KernelRig::dispatch(launch).kernel()];
      for (size_t i = 0; i < rig.launches().size(); ++i) {
        uint32_t kernel = KernelRig::dispatch(rig.launches()[i]).kernel();
        size_t launches = launchesOf[kernel];
        if (launches == 0)
          continue; // has been, at its first launch
        launchesOf[kernel] = 0;
        std::string name = std::string(kind ? "prefill" : "decode") + "/" +
                           std::to_string(steps[kind].sequences * steps[kind].tokens) + "/" +
                           rig.manifest().kernels()->Get(kernel)->name()->str();
        benchmark::RegisterBenchmark(
            name.c_str(),
            [this, kind, i, launches](benchmark::State &state) { time(state, kind, i, launches); })
            ->UseManualTime()
            ->Unit(benchmark::kMicrosecond)
            ->Iterations(options.iterations);
      }
    }
  }

private:
  struct Step {
    uint32_t sequences, tokens; // of each
  };

  void enter(int kind) {
    if (current != kind)
      check(rig.beginStep(steps[kind].sequences, steps[kind].tokens, context));
    current = kind;
  }

  void time(benchmark::State &state, int kind, size_t launch, size_t launches) {
    enter(kind);
    check(rig.advanceTo(launch));
    double seconds = 0;
    std::vector<double> times;
    check(rig.run(launch, seconds)); // pages and code are there from now on
    for (auto _ : state) {
      rig.evictInputs(launch);
      check(rig.run(launch, seconds));
      state.SetIterationTime(seconds);
      times.push_back(seconds);
    }
    const v4rt::format::Dispatch &dispatch = KernelRig::dispatch(rig.launches()[launch]);
    v4run::StepCost cost =
        v4run::launchCost(rig.manifest(), dispatch, steps[kind].sequences, steps[kind].tokens, context);
    double median = std::max(v4run::median(std::move(times)), 1e-12);
    state.counters["median_us"] = median * 1e6;
    state.counters["GB/s"] = cost.bytes / median / 1e9;
    state.counters["GFLOP/s"] = cost.flops / median / 1e9;
    state.counters["roofline_%"] =
        100 * cost.seconds(limits.readBytesPerSecond, limits.dotFlopPerSecond) / median;
    state.counters["launches"] = double(launches);
    std::string label = dispatch.label()->str(); // "layers.3: linear"
    state.SetLabel(label.substr(0, label.find(": ")));
  }

  const Options options;
  KernelRig rig;
  v4run::MachineLimits limits = {};
  Step steps[2] = {};
  uint32_t context = 0;
  int current = -1;
};

} // namespace

} // namespace v4bench

int main(int argc, char **argv) {
  for (int i = 1; i < argc; ++i)
    if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
      fputs(v4bench::kUsage, stdout);
      return 0;
    }
  // In a table unless it is asked for otherwise: the last of two options holds.
  char table[] = "--benchmark_counters_tabular=true";
  std::vector<char *> arguments(argv, argv + argc);
  arguments.insert(arguments.begin() + 1, table);
  int count = int(arguments.size());
  arguments.push_back(nullptr);
  benchmark::Initialize(&count, arguments.data());
  v4bench::Bench bench(v4bench::readOptions(count, arguments.data()));
  bench.registerAll();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}

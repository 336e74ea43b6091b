// v4run bench: tokens a second, beside what the machine's bandwidth and arithmetic allow.
#include "runtime/AtomicFile.h"
#include "tools/v4run/BenchTables.h"
#include "tools/v4run/CommandLine.h"
#include "tools/v4run/Commands.h"
#include "tools/v4run/Failure.h"
#include "tools/v4run/LaunchProfile.h"
#include "tools/v4run/ProcessMemory.h"
#include "tools/v4run/Progress.h"
#include "tools/v4run/StepCost.h"

#include <algorithm>

namespace v4run {

namespace {

constexpr int kLeastSteps = 5;
constexpr double kLeastSeconds = 1.0;
constexpr int kMostSteps = 200;
/// A step of so many seconds needs none before it that is not counted; after so many seconds none begins.
constexpr double kLongStep = 60, kMostSeconds = 300;
/// Page faults a second that say that weights come from a disk.
constexpr double kManyFaults = 2;
/// Steps between two measurements of the limits take at least so long; a measurement takes a part of that.
constexpr double kSampleEvery = 0.1, kSampleShare = 0.3, kLongestSample = 0.5;

class Bench {
public:
  explicit Bench(const CommandLine &line) : line(line), model(std::make_shared<v4rt::Model>()) {
    check(model->open(line.text("artifact").c_str(), V4_VERIFY_NEVER));
    manifest = &model->artifact().manifest();
    if (!manifest->weights_packed())
      throw Failure("the artifact has no weights (v4run pack adds them)");
    most = manifest->model()->max_context();
    batches = line.has("batch") ? line.counts("batch", 1, 1024) : std::vector<uint64_t>{1};
    contexts = line.has("context") ? line.counts("context", 1, most) : frontiers();
    if (line.has("prefill"))
      prefills = line.counts("prefill", 1, most);
    else
      prefills = {std::min<uint64_t>(512, most)};
  }

  void run() {
    v4_session_options options = {};
    options.max_sequences = uint32_t(*std::max_element(batches.begin(), batches.end()));
    options.threads = line.threads();
    options.device = line.device();
    line.placement(options);
    uint64_t before = residentBytes();
    check(session.create(model, options));
    if (uint64_t read = bringIntoMemory(model->artifact().weights()))
      fprintf(stderr, "v4run bench: read %.0f MB of weights that were not in memory\n", double(read) / 1e6);
    meter = std::make_unique<MachineMeter>(session.threads(), options.pin_threads);
    MachineLimits limits = meter->measure();
    LaunchProfile profile(*manifest);
    bool profiles = line.has("kernels") || line.has("profile");
    if (profiles)
      profile.attach(session);

    Json dots = Json::object();
    for (auto [name, rate] : meter->multiplierRates())
      dots[name] = rate / 1e9;
    Json decode = Json::array(), prefill = Json::array();
    for (uint64_t batch : batches)
      for (uint64_t context : contexts)
        decode.push_back(timeDecode(context, batch, profile));
    for (uint64_t tokens : prefills)
      prefill.push_back(timePrefill(tokens, profile));
    Json report = {{"machine",
                    {{"threads", session.threads()},
                     {"read_gb_s", limits.readBytesPerSecond / 1e9},
                     {"dot_gflop_s", limits.dotFlopPerSecond / 1e9},
                     {"dot", limits.dot},
                     {"dots", dots},
                     {"barrier_us", limits.barrierSeconds * 1e6},
                     {"variant", session.variant()}}},
                   {"memory",
                    {{"weights_bytes", manifest->weights_bytes()},
                     {"arena_bytes", manifest->arena_bytes()},
                     {"state_bytes", largestState},
                     {"resident_before_bytes", before},
                     {"resident_bytes", mostResident}}},
                   {"decode", decode},
                   {"prefill", prefill}};
    if (profiles)
      report["kernels"] = profile.table(meter->sampled());
    if (line.has("profile"))
      writeTrace(profile);
    if (line.has("json"))
      printf("%s\n", report.dump(1).c_str());
    else
      printBench(report);
    if (allFaults >= kManyFaults * allSeconds)
      fprintf(stderr,
              "v4run bench: %llu page faults waited for a disk while steps were timed, so figures are the "
              "disk's; wanted an artifact that stays in memory\n",
              static_cast<unsigned long long>(allFaults));
  }

private:
  std::vector<uint64_t> frontiers() const {
    std::vector<uint64_t> all = {512, 4096, 32768, 131072, 1048576};
    for (uint64_t &context : all)
      context = std::min<uint64_t>(context, most - 1);
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
  }

  struct Timing {
    double seconds;
    size_t steps;
    uint64_t faults; // of the disk, while steps were timed
    MachineLimits limits;
  };

  /// Medians: of the times of several calls, the first not counted, and of the machine's limits, measured
  /// before, between and after them. On a machine that is shared both drift together. `step(pause)` may call
  /// `pause()` between its parts, where the limits can be measured, too.
  template <typename Step> Timing timeSteps(Step step) {
    using Clock = std::chrono::steady_clock;
    std::vector<double> times;
    double taken = 0, since = 0, total = 0; // by this step, from the last measurement on, by those counted
    uint64_t faults = diskFaults();
    Clock::time_point start;
    auto pause = [&] {
      double seconds = std::chrono::duration<double>(Clock::now() - start).count();
      taken += seconds, since += seconds;
      if (since >= kSampleEvery) {
        meter->sample(std::min(kSampleShare * since, kLongestSample));
        since = 0;
      }
      start = Clock::now();
    };
    auto timeOne = [&] {
      taken = 0, start = Clock::now();
      step(pause);
      pause();
      return taken;
    };
    size_t first = meter->samples();
    double warmUp = timeOne();
    meter->sample(kSampleEvery * kSampleShare);
    if (warmUp >= kLongStep)
      times.push_back(warmUp), total = warmUp;
    else
      faults = diskFaults();
    while (total < kMostSeconds &&
           (int(times.size()) < kLeastSteps || (total < kLeastSeconds && int(times.size()) < kMostSteps))) {
      times.push_back(timeOne());
      total += times.back();
    }
    size_t steps = times.size();
    faults = diskFaults() - faults;
    allFaults += faults, allSeconds += total;
    return {median(std::move(times)), steps, faults, meter->sampled(first)};
  }

  int32_t anyToken() {
    random = random * 6364136223846793005u + 1442695040888963407u;
    return int32_t((random >> 33) % manifest->model()->vocab_size());
  }

  Json timeDecode(uint64_t context, uint64_t batch, LaunchProfile &profile) {
    // The steps that are timed add tokens, and are to fit.
    auto begin = uint32_t(std::min<uint64_t>(context, most - std::min<uint64_t>(most / 2, kMostSteps + 1)));
    auto fill = [&] {
      for (uint64_t slot = 0; slot < batch; ++slot)
        check(session.synthesise(int32_t(slot), begin));
    };
    fill();
    std::vector<v4_token> step(batch);
    Timing timing = timeSteps([&](auto) {
      if (session.length(0) >= most)
        fill();
      for (uint64_t slot = 0; slot < batch; ++slot)
        step[slot] = {int32_t(slot), int32_t(session.length(uint32_t(slot))), anyToken(), 1};
      profile.beginStep(double(batch), 1, double(begin));
      check(session.step(step.data(), step.size()));
    });
    noteMemory(batch, session.length(0));
    for (uint64_t slot = 0; slot < batch; ++slot)
      check(session.reset(int32_t(slot)));
    StepCost cost = stepCost(*manifest, double(batch), 1, double(begin));
    return row({{"context", begin}, {"batch", batch}}, double(batch), timing, cost);
  }

  Json timePrefill(uint64_t tokens, LaunchProfile &profile) {
    std::vector<v4_token> prompt(tokens);
    for (uint64_t i = 0; i < tokens; ++i)
      prompt[i] = {0, int32_t(i), anyToken(), i + 1 == tokens};
    uint64_t part = manifest->max_step_tokens(), done = 0;
    Progress progress("timing prompts of " + std::to_string(tokens), "tokens");
    Timing timing = timeSteps([&](auto pause) {
      check(session.reset(0));
      for (uint64_t first = 0; first < tokens; first += part) {
        pause();
        progress.update(done, std::max(done, (kLeastSteps + 1) * tokens));
        uint64_t count = std::min(part, tokens - first);
        profile.beginStep(1, double(count), double(first));
        check(session.step(prompt.data() + first, count));
        done += count;
      }
    });
    noteMemory(1, tokens);
    check(session.reset(0));
    // Weights could stay for the whole prompt.
    StepCost cost = stepCost(*manifest, 1, double(tokens), 0);
    return row({{"tokens", tokens}}, double(tokens), timing, cost);
  }

  /// While `sequences` of so many tokens are there.
  void noteMemory(uint64_t sequences, uint64_t length) {
    largestState = std::max(largestState, sequences * v4rt::States::bytesAt(*manifest, length));
    mostResident = std::max(mostResident, residentBytes() - meter->bytes());
  }

  static Json row(Json what, double tokens, const Timing &timing, const StepCost &cost) {
    const auto &[seconds, steps, faults, limits] = timing;
    what["tokens_per_s"] = tokens / seconds;
    what["seconds"] = seconds;
    what["steps"] = steps;
    what["disk_faults"] = faults;
    what["bytes"] = cost.bytes;
    what["flops"] = cost.flops;
    what["read_gb_s"] = limits.readBytesPerSecond / 1e9;
    what["dot_gflop_s"] = limits.dotFlopPerSecond / 1e9;
    what["roofline_fraction"] = cost.seconds(limits.readBytesPerSecond, limits.dotFlopPerSecond) / seconds;
    return what;
  }

  void writeTrace(const LaunchProfile &profile) const {
    writeWhole(line.text("profile"), profile.trace().dump());
  }

  static void writeWhole(const std::string &path, const std::string &text) {
    v4rt::AtomicFile file;
    check(file.create(path));
    check(file.writeAt(0, text.data(), text.size()));
    check(file.commit());
  }

  const CommandLine &line;
  std::shared_ptr<v4rt::Model> model;
  const v4rt::format::Manifest *manifest = nullptr;
  v4rt::Session session;
  std::unique_ptr<MachineMeter> meter;
  uint64_t most = 0, random = 1, largestState = 0, mostResident = 0, allFaults = 0;
  double allSeconds = 0; // of the steps that were timed
  std::vector<uint64_t> batches, contexts, prefills;
};

} // namespace

void benchCommand(const Arguments &arguments) {
  CommandLine line(
      "bench OUT.v4 [--context N,...] [--batch N,...] [--prefill N,...] [--json]",
      "Measures what this machine reads and multiplies, then the model's speed beside it: medians "
      "of at least 5 steps. The state before a decode step is synthetic.");
  line.positional("artifact")
      .value("context", "N,...",
             "tokens before a decode step (default: 512,4k,32k,128k,1M as far as they fit)")
      .value("batch", "N,...", "sequences of a decode step (default: 1)")
      .value("prefill", "N,...", "tokens of a prompt (default: 512)")
      .value("threads", "N", "threads that compute (default: one a processor)")
      .value("device", "NAME", "cpu, cuda or sim (default: the artifact's)")
      .addPlacement()
      .flag("kernels", "also a table of the kernels; launches are timed one by one")
      .value("profile", "FILE", "write a trace for Chrome or Perfetto")
      .flag("json", "print one JSON object");
  if (line.parse(arguments))
    Bench(line).run();
}

} // namespace v4run

#include "tools/v4c/Tuner.h"

#include "codegen/Import/Config.h"
#include "codegen/Tune/ReducedModel.h"
#include "runtime/AtomicFile.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/pack/SyntheticWeights.h"
#include "tools/Signals.h"
#include "tools/v4c/TuneMeasure.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cmath>
#include <filesystem>
#include <numeric>

namespace v4c {

namespace fs = std::filesystem;
using namespace mlir;
using v4::ScheduleRow;

// Less is noise.
static constexpr double kLeastGain = 0.02;

// A step that does not fill a GPU says nothing; a CPU goes from row to row, and takes seconds for more.
static constexpr uint32_t kHostStepTokens = 32;

static std::string describe(const KernelClass &kernels) {
  return (v4::getName(kernels.first) + " of " + Twine(kernels.second) + " rows").str();
}

static std::string timeText(double seconds) {
  char text[32];
  snprintf(text, sizeof(text), "%.1f us", 1e6 * seconds);
  return text;
}

Tuner::Tuner(const Options &options, std::string folder, std::string device, Progress &progress)
    : options(options), folder(std::move(folder)), device(std::move(device)), progress(progress),
      target(*v4::findTarget(options.target)) {}

bool Tuner::run() {
  if (!makeBase())
    return false;
  for (v4::KernelFamily family : v4::kKernelFamilies)
    for (const v4::TuneAxis &axis : v4::getTuneAxes(family, target))
      steps += axis.values.size();
  for (v4::KernelFamily family : v4::kKernelFamilies)
    for (const v4::TuneAxis &axis : v4::getTuneAxes(family, target))
      if (!tuneAxis(family, axis))
        return false;
  return verifyTogether();
}

bool Tuner::isOver() {
  std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  interrupted = v4tools::CaughtSignals::number() != 0;
  return interrupted || (options.tuneBudget > 0 && taken.count() > double(options.tuneBudget));
}

void Tuner::drop(const std::string &what, const std::string &why) {
  ++dropped;
  if (!options.quiet)
    progress.note(what + " is dropped: " + why);
}

/// config.json, of a folder or itself.
static bool readConfig(const std::string &input, std::string &text, std::string &error) {
  std::error_code code;
  if (fs::is_directory(input, code)) {
    using v4rt::checkpoint::Checkpoint;
    auto checkpoint = Checkpoint::open(input, Checkpoint::Weights::optional, error);
    text = checkpoint ? std::string(checkpoint->config()) : "";
    return checkpoint != nullptr;
  }
  auto file = llvm::MemoryBuffer::getFile(input);
  if (!file)
    error = "cannot read '" + input + "': " + file.getError().message();
  else
    text = (*file)->getBuffer().str();
  return static_cast<bool>(file);
}

bool Tuner::makeBase() {
  std::string text, reduced;
  v4::ModelConfig config;
  if (!readConfig(options.input, text, error) || !v4::parseConfig(text, config, error) ||
      !v4::reduceConfig(text, reduced, error))
    return false;
  int64_t beyond = int64_t(v4tune::contextNeeded(uint64_t(options.maxStepTokens)));
  if (beyond >= config.maxPositions) {
    error = "steps of " + std::to_string(options.maxStepTokens) + " tokens are timed over " +
            std::to_string(beyond) + " positions, but the model has " + std::to_string(config.maxPositions);
    return false;
  }
  context = uint32_t(std::min(options.tuneContext, config.maxPositions - beyond));

  std::error_code code;
  fs::create_directories(path("model"), code);
  v4rt::AtomicFile file;
  v4rt::Status status = file.create(path("model/config.json"));
  if (status.ok())
    status = file.writeAt(0, reduced.data(), reduced.size());
  if (status.ok())
    status = file.commit();
  if (!status.ok()) {
    error = status.text();
    return false;
  }

  progress.begin("compiling what schedules are compared with");
  Tuning tuning;
  v4tune::Measurement measured;
  if (!build("base.v4", {}, tuning, error) || !measure("base.v4", measured, error))
    return false;
  programs = tuning.kernels;
  variant = measured.variant;
  for (auto &[kernels, row] : tuning.defaults)
    classes[kernels].row = row;
  for (auto &[kernels, best] : classes) {
    Verdict verdict = judge(kernels, measured);
    if (!verdict.wrong.empty()) {
      error =
          "the same kernels do not give the same results twice: " + describe(kernels) + " " + verdict.wrong;
      return false;
    }
    best.seconds = best.defaultSeconds = verdict.base;
  }
  return true;
}

bool Tuner::build(const std::string &name, std::vector<ScheduleRow> schedules, Tuning &tuning,
                  std::string &why) {
  Options compiling = options;
  compiling.input = path("model");
  compiling.output = path("program.v4");
  compiling.maxContext = context + int64_t(v4tune::contextNeeded(uint64_t(options.maxStepTokens)));
  compiling.noWeights = compiling.quiet = true;
  compiling.remarks = compiling.tune = false;
  compiling.compileTo = "pack";
  compiling.dumpPhases.clear(), compiling.dumpKernels.clear(), compiling.tokenizer.clear();
  tuning.schedules = std::move(schedules);
  if (!compile(compiling, tuning, why))
    return false;
  v4rt::Status status = v4rt::packSynthetic(compiling.output, path(name), nullptr);
  why = status.text();
  return status.ok();
}

bool Tuner::measure(const std::string &candidate, v4tune::Measurement &result, std::string &why) {
  v4tune::MeasureOptions measuring;
  measuring.base = path("base.v4");
  measuring.candidate = path(candidate);
  measuring.device = device;
  measuring.context = context;
  measuring.stepTokens = target.isGpu() ? uint32_t(options.maxStepTokens) : kHostStepTokens;
  measuring.threads = uint32_t(options.threads);
  return measureApart(measuring, folder, result, why);
}

Tuner::Verdict Tuner::judge(const KernelClass &kernels, const v4tune::Measurement &measured) const {
  Verdict verdict;
  double logs = 0;
  int count = 0;
  for (const v4tune::ProgramTimes &times : measured.programs) {
    auto found = programs.find(times.program);
    if (found == programs.end() || !llvm::is_contained(found->second, kernels))
      continue;
    if (verdict.wrong = times.wrong; !verdict.wrong.empty())
      return verdict;
    double base = 0, candidate = 0;
    for (size_t i = 0; i < std::min(found->second.size(), times.base.size()); ++i)
      if (found->second[i] == kernels)
        base += times.base[i], candidate += times.candidate[i];
    verdict.base += base, verdict.seconds += candidate;
    if (base > 0 && candidate > 0)
      logs += std::log(candidate / base), ++count;
  }
  verdict.score = count ? std::exp(logs / count) : 1;
  return verdict;
}

bool Tuner::tuneAxis(v4::KernelFamily family, const v4::TuneAxis &axis) {
  std::vector<KernelClass> among;
  for (auto &[kernels, best] : classes)
    if (kernels.first == family)
      among.push_back(kernels);
  // Tried with what the other axes have by now; only those classes are compiled differently that change.
  for (int64_t value : axis.values) {
    progress.begin(("tuning " + v4::getName(family) + ", " + axis.name + " = " + Twine(value)).str());
    progress.update(step++, steps);
    std::vector<KernelClass> changed;
    llvm::copy_if(among, std::back_inserter(changed),
                  [&](const KernelClass &kernels) { return classes[kernels].row.*axis.field != value; });
    if (isOver())
      return !interrupted;
    if (!changed.empty() && !tryValue(axis, value, changed))
      return false;
  }
  return true;
}

bool Tuner::tryValue(const v4::TuneAxis &axis, int64_t value, std::vector<KernelClass> among) {
  std::vector<ScheduleRow> schedules;
  for (auto &[kernels, best] : llvm::reverse(classes)) { // many rows first
    if (kernels.first != among.front().first)
      continue;
    schedules.push_back(best.row);
    if (llvm::is_contained(among, kernels))
      schedules.back().*axis.field = value;
  }
  auto name = [&](const KernelClass &kernels) {
    return describe(kernels) + " with " + axis.name.str() + " = " + std::to_string(value);
  };
  std::string why;
  Tuning tuning;
  v4tune::Measurement measured;
  ++tried;
  bool measurable = build("candidate.v4", std::move(schedules), tuning, why);
  if (measurable && tuning.kernels != programs)
    measurable = false, why = "its kernels are not the same";
  if (!measurable || !measure("candidate.v4", measured, why)) {
    if (isOver())
      return !interrupted;
    // One of them may be the reason.
    if (among.size() > 1) {
      for (const KernelClass &kernels : among)
        if (!tryValue(axis, value, {kernels}))
          return false;
      return true;
    }
    drop(name(among.front()), why);
    return true;
  }
  std::optional<v4tune::Measurement> again;
  for (const KernelClass &kernels : among) {
    Verdict verdict = judge(kernels, measured);
    Best &best = classes[kernels];
    auto isBetter = [&] { return verdict.wrong.empty() && verdict.score < best.score * (1 - kLeastGain); };
    if (isBetter()) { // twice, or it was something else that ran here
      if (!again && !measure("candidate.v4", again.emplace(), why))
        return drop(name(kernels), why), true;
      Verdict second = judge(kernels, *again);
      if (!second.wrong.empty() || second.score > verdict.score)
        verdict = second;
    }
    if (!verdict.wrong.empty()) {
      drop(name(kernels), "it " + verdict.wrong);
    } else if (isBetter()) {
      best.row.*axis.field = value;
      best.score = verdict.score;
      best.seconds = verdict.seconds;
      best.defaultSeconds = verdict.base;
      if (!options.quiet)
        progress.note(name(kernels) + " takes " + timeText(verdict.seconds) + ", the built-in " +
                      timeText(verdict.base));
    }
  }
  return true;
}

bool Tuner::verifyTogether() {
  if (interrupted) {
    error = "interrupted, so there is no table";
    return false;
  }
  progress.begin("checking the table");
  std::vector<ScheduleRow> schedules;
  for (auto &[kernels, best] : llvm::reverse(classes))
    schedules.push_back(best.row);
  Tuning tuning;
  v4tune::Measurement measured;
  if (!build("candidate.v4", std::move(schedules), tuning, error) ||
      !measure("candidate.v4", measured, error))
    return false;
  for (const v4tune::ProgramTimes &times : measured.programs) {
    if (!times.wrong.empty()) {
      error =
          "each of the schedules is right, but together they are not: " + times.program + " " + times.wrong;
      return false;
    }
    auto total = [](const std::vector<double> &all) { return std::accumulate(all.begin(), all.end(), 0.0); };
    if (!options.quiet)
      progress.note(times.program + " takes " + timeText(total(times.candidate)) + " with the table, " +
                    timeText(total(times.base)) + " without");
  }
  return true;
}

std::string Tuner::writeTable(const std::string &machine) const {
  std::string text;
  llvm::raw_string_ostream out(text);
  llvm::json::Object tuned{{"target", target.name},        {"machine", machine},
                           {"variant", variant},           {"context", int64_t(context)},
                           {"candidates", int64_t(tried)}, {"dropped", int64_t(dropped)}};
  out << "{\n  \"tuned\": " << llvm::json::Value(std::move(tuned)) << ",\n  \"schedules\": [\n";
  size_t left = classes.size();
  for (auto &[kernels, best] : llvm::reverse(classes)) {
    const ScheduleRow &row = best.row;
    out << "    {\"family\": \"" << v4::getName(kernels.first) << "\", \"targets\": [\"" << target.name
        << "\"], \"rows_at_least\": " << kernels.second << ", \"lanes\": " << row.lanes
        << ", \"keys\": " << row.keys << ", \"outputs\": " << row.outputs << ", \"depth\": " << row.depth
        << ", \"warps\": " << row.warps << ", \"stages\": " << row.stages
        << ", \"ns\": " << std::llround(1e9 * best.seconds)
        << ", \"default_ns\": " << std::llround(1e9 * best.defaultSeconds) << "}" << (--left ? ",\n" : "\n");
  }
  out << "  ]\n}\n";
  return text;
}

} // namespace v4c

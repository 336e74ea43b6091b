// The search of v4c --tune: schedules of a model's kernels, checked and timed on this machine.
#pragma once

#include "codegen/Tune/Measure.h"
#include "codegen/Tune/TuneSpace.h"
#include "tools/v4c/Driver.h"
#include "tools/v4c/Progress.h"

#include <chrono>

namespace v4c {

class Tuner {
public:
  /// `folder` is ours to write into; `options` are those of the command.
  Tuner(const Options &options, std::string folder, std::string device, Progress &progress);

  /// False: `error` says why.
  bool run();

  /// The table, as --schedules reads it; `machine` says what it was measured on.
  std::string writeTable(const std::string &machine) const;

  std::string error;
  bool interrupted = false;

private:
  struct Best {
    mlir::v4::ScheduleRow row;
    double score = 1;                   // time by that of the schedule without tuning
    double seconds = 0, defaultSeconds; // of all launches of a step through each program
  };
  using Classes = std::map<KernelClass, Best>;
  struct Verdict {
    std::string wrong;
    double score = 1, seconds = 0, base = 0;
  };

  bool makeBase();
  bool tuneAxis(mlir::v4::KernelFamily family, const mlir::v4::TuneAxis &axis);
  bool tryValue(const mlir::v4::TuneAxis &axis, int64_t value, std::vector<KernelClass> among);
  bool verifyTogether();
  bool build(const std::string &name, std::vector<mlir::v4::ScheduleRow> schedules, Tuning &tuning,
             std::string &why);
  bool measure(const std::string &candidate, v4tune::Measurement &result, std::string &why);
  Verdict judge(const KernelClass &kernels, const v4tune::Measurement &measured) const;
  void drop(const std::string &what, const std::string &why);
  bool isOver();
  std::string path(const std::string &name) const { return folder + "/" + name; }

  const Options &options;
  std::string folder, device;
  Progress &progress;
  const mlir::v4::TargetFacts &target;
  uint32_t context = 0;
  std::map<std::string, std::vector<KernelClass>> programs;
  Classes classes;
  std::string variant;
  size_t tried = 0, dropped = 0;
  size_t step = 0, steps = 0; // of the search, for progress
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
};

} // namespace v4c

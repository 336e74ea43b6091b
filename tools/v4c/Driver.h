// From a checkpoint, or a module of any phase, to what the command line asks for.
#pragma once

#include "passes/Schedule/ScheduleTable.h"
#include "tools/v4c/Options.h"

#include <map>

namespace v4c {

/// What a schedule is chosen for: all kernels of a family, with so many rows a program.
using KernelClass = std::pair<mlir::v4::KernelFamily, int64_t>;

/// What the tuner asks of a compilation beyond its options.
struct Tuning {
  std::vector<mlir::v4::ScheduleRow> schedules;            // before all others
  std::map<std::string, std::vector<KernelClass>> kernels; // out: by program, in the order of its launches
  std::map<KernelClass, mlir::v4::ScheduleRow> defaults;   // out: what each class was given
};

/// False: `error` is a sentence.
bool compile(const Options &options, Tuning &tuning, std::string &error);

/// Of a file. False: `error` is a sentence.
bool readSchedules(const std::string &path, std::vector<mlir::v4::ScheduleRow> &rows, std::string &error);

/// Returns the exit status; on failure one sentence went to standard error, and no output file was touched.
int compile(const Options &options);

} // namespace v4c

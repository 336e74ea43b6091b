// The tuning table: what a target wants kernels cut into. Data in schedules.json.
#pragma once

#include "dialects/V4/IR/V4Dialect.h"

#include <string>
#include <vector>

namespace mlir::v4 {

/// What holds for all kernels of a target.
struct TargetFacts {
  std::string name;     // "cpu", "sm_90a"
  int64_t decodeTokens; // largest step of @decode
  int64_t decodeRows;   // rows that a program of a matrix product takes together, in @decode ..
  int64_t prefillRows;  // .. and in @prefill
  WeightLayout weights; // of matrices

  bool isGpu() const { return weights == WeightLayout::rows; }
};

/// What a kernel is, as far as schedules are concerned.
enum class KernelFamily { row, product, attention, index };
/// All, those with the most work first.
inline constexpr KernelFamily kKernelFamilies[] = {KernelFamily::product, KernelFamily::attention,
                                                   KernelFamily::index, KernelFamily::row};
StringRef getName(KernelFamily family);
KernelFamily getFamily(KernelOp kernel);

/// The target called `name`; null if there is none.
const TargetFacts *findTarget(StringRef name);
/// Names of all targets, "cpu" first.
SmallVector<StringRef> getTargetNames();
/// The target of a module, its `v4.target`; "cpu" where it has none. Null: it names no target.
const TargetFacts *getTarget(ModuleOp module);
/// That of the module around `function`, if its programs take the rows of @decode together; null otherwise.
const TargetFacts *getDecodeTarget(Operation *function);

/// A row of the table: what it suits, and how such kernels are cut.
struct ScheduleRow {
  std::vector<std::string> targets; // empty: every one
  std::string family;               // empty: every one
  int64_t rowsAtLeast = 0;
  int64_t lanes = 0, keys = 0, outputs = 0, depth = 0, warps = 1, stages = 1;
};

/// Reads a table as `v4c --tune` writes it: an object with the rows "schedules", and where they are from in
/// "tuned", which is not looked at. On failure `error` says what is wrong with it, "has ...", as a person
/// needs it.
bool parseSchedules(StringRef text, std::vector<ScheduleRow> &rows, std::string &error);

/// From now on kernels in `context` are scheduled by the first of `rows` that suits them, and by the built-in
/// table where none does.
void useSchedules(MLIRContext &context, std::vector<ScheduleRow> rows);

/// The first row of the tables that suits kernels of `family` and `rows` rows a program.
ScheduleAttr chooseSchedule(MLIRContext *context, KernelFamily family, int64_t rows,
                            const TargetFacts &target);
/// That for `kernel`.
ScheduleAttr chooseSchedule(KernelOp kernel, const TargetFacts &target);

} // namespace mlir::v4

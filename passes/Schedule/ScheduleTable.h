// The tuning table: what a target wants kernels cut into. Data in schedules.json.
#pragma once

#include "dialects/V4/IR/V4Dialect.h"

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
StringRef getName(KernelFamily family);
KernelFamily getFamily(KernelOp kernel);

/// The target called `name`; null if there is none.
const TargetFacts *findTarget(StringRef name);
/// Names of all targets, "cpu" first.
SmallVector<StringRef> getTargetNames();
/// The target of a module, its `v4.target`; "cpu" where it has none. Null: it names no target.
const TargetFacts *getTarget(ModuleOp module);

/// The first row of the table that suits kernels of `family` and `rows` rows a program.
ScheduleAttr chooseSchedule(MLIRContext *context, KernelFamily family, int64_t rows,
                            const TargetFacts &target);
/// That for `kernel`.
ScheduleAttr chooseSchedule(KernelOp kernel, const TargetFacts &target);

} // namespace mlir::v4

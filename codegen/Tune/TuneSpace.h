// What the tuner tries.
#pragma once

#include "passes/Schedule/ScheduleTable.h"

#include <vector>

namespace mlir::v4 {

/// Values of one field of a schedule.
struct TuneAxis {
  StringLiteral name;
  int64_t ScheduleRow::*field;
  std::vector<int64_t> values;
};

/// The axes that matter to kernels of `family` on `target`. The tuner goes along one after the other.
std::vector<TuneAxis> getTuneAxes(KernelFamily family, const TargetFacts &target);

} // namespace mlir::v4

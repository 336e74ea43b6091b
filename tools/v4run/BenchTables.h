// What `v4run bench` found, for people.
#pragma once

#include "tools/v4run/InspectReport.h"

namespace v4run {

/// Prints the report that `--json` prints as it is.
void printBench(const Json &report);

} // namespace v4run

// The long lists of `v4run inspect --all`, and how it writes numbers.
#pragma once

#include "tools/v4run/InspectReport.h"

namespace v4run {

std::string plain(const Json &value);
/// "1.50 MiB"
std::string bytes(const Json &value);
/// "1.50 GFLOP"
std::string operations(const Json &value);

void printDispatches(const Json &report);
void printKernels(const Json &report);
/// Buffers, states and weights.
void printMemory(const Json &report);

} // namespace v4run

// The options of commands that choose tokens: --temperature, --top-p, ..., --stop.
#pragma once

#include "runtime/sampling/Sampler.h"

#include <string>
#include <vector>

namespace v4run {

class CommandLine;

void addSamplingOptions(CommandLine &line);

/// Throws UsageError.
v4rt::SamplingOptions samplingOptions(const CommandLine &line, uint32_t vocabulary);

/// The strings of --stop. Throws UsageError.
std::vector<std::string> stopStrings(const CommandLine &line);

} // namespace v4run

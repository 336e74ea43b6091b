// An artifact with other schedules beside one with those of the table: the same results, and in what time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace v4tune {

struct MeasureOptions {
  std::string base, candidate; // artifacts of the same model, with weights
  std::string device;          // "cpu" or "cuda"
  uint32_t context = 0;        // tokens before a step
  uint32_t stepTokens = 128;   // of the last program, at most
  uint32_t threads = 0;        // 0: one a processor
};

/// Steps through one program.
struct ProgramTimes {
  std::string program;                 // "decode"
  std::string wrong;                   // empty: the results are the same; else how they differ
  std::vector<double> base, candidate; // seconds of each launch, in order: medians of interleaved steps
};

struct Measurement {
  std::string variant; // the kernels in use, "x86_64_v4"
  std::vector<ProgramTimes> programs;
};

/// Runs both. Results are compared bit for bit on a CPU, where sums keep their order whatever a schedule
/// says, and within a hundredth of the largest logit on a GPU. False: neither can be run, as `error` says.
bool measure(const MeasureOptions &options, Measurement &result, std::string &error);

/// Most tokens of context beyond `MeasureOptions::context` that steps of `stepTokens` take.
uint64_t contextNeeded(uint64_t stepTokens);

} // namespace v4tune

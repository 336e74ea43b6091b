// Schedules are measured by a process of its own: a wrong kernel may end it, or its GPU.
#pragma once

#include "codegen/Tune/Measure.h"

namespace v4c {

inline constexpr char kMeasureCommand[] = "--measure-schedules";

/// v4tune::measure in a child; files for it go to `folder`.
bool measureApart(const v4tune::MeasureOptions &options, const std::string &folder,
                  v4tune::Measurement &result, std::string &error);

/// The child: v4c --measure-schedules BASE CANDIDATE DEVICE CONTEXT TOKENS THREADS. Returns the exit status.
int runMeasure(int argc, char **argv);

} // namespace v4c

// v4c --tune: schedules for this machine.
#pragma once

#include "tools/v4c/Options.h"

namespace v4c {

/// Returns the exit status; on failure one sentence went to standard error, and no table was touched.
int runTune(const Options &options);

} // namespace v4c

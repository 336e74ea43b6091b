// From a checkpoint, or a module of any phase, to what the command line asks for.
#pragma once

#include "tools/v4c/Options.h"

namespace v4c {

/// Returns the exit status; on failure one sentence went to standard error, and no output file was touched.
int compile(const Options &options);

} // namespace v4c

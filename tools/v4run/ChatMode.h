// --mode: how much the model thinks.
#pragma once

#include "runtime/text/ChatEncoder.h"

namespace v4run {

class CommandLine;

/// Of --mode; non-think if absent. Throws UsageError.
v4rt::text::ChatMode chatMode(const CommandLine &line);

} // namespace v4run

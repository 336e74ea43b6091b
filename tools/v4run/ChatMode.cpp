#include "tools/v4run/ChatMode.h"
#include "tools/v4run/CommandLine.h"
#include "tools/v4run/Failure.h"

namespace v4run {

v4rt::text::ChatMode chatMode(const CommandLine &line) {
  v4rt::text::ChatMode mode = v4rt::text::ChatMode::nonThink;
  if (line.has("mode") && !v4rt::text::parseChatMode(line.text("mode"), mode))
    throw UsageError("option --mode is '" + line.text("mode").substr(0, 40) +
                     "', wanted non-think, think-high or think-max");
  return mode;
}

} // namespace v4run

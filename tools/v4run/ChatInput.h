// The options of commands that take a conversation: --messages, --mode, --keep-reasoning.
#pragma once

#include "runtime/text/CompletionParser.h"

namespace v4run {

class CommandLine;

/// Of --mode; non-think if absent. Throws UsageError.
v4rt::text::ChatMode chatMode(const CommandLine &line);

/// For messages.
inline constexpr char kModes[] = "non-think, think-high or think-max";

/// The prompt of the file of --messages. Throws Failure or UsageError.
v4rt::text::ChatPrompt readPrompt(const CommandLine &line);

/// Whether what follows `prompt` is reasoning first, as the model then closes it.
bool startsReasoning(const v4rt::text::ChatPrompt &prompt);

/// {"reasoning_content", "content", "tool_calls"}, as the chat API has them.
v4rt::text::Json messageJson(const v4rt::text::Completion &completion);

} // namespace v4run

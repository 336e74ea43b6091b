// v4run parse: reasoning, content and tool calls of a completion.
#include "runtime/text/CompletionParser.h"
#include "tools/v4run/ChatInput.h"
#include "tools/v4run/CommandLine.h"
#include "tools/v4run/Commands.h"
#include "tools/v4run/Failure.h"
#include "tools/v4run/InputFile.h"

namespace v4run {

void parseCommand(const Arguments &arguments) {
  CommandLine line(
      "parse [option...]",
      "Takes apart a completion, the text that the model wrote behind a prompt, and prints its\n"
      "reasoning_content, content and tool_calls as JSON. Malformed markup stays in the content.");
  line.value("mode", "MODE", "of the prompt: non-think (default), think-high or think-max")
      .value("file", "FILE", "the completion (standard input)")
      .flag("strict", "refuse a completion that breaks the format");
  if (!line.parse(arguments))
    return;
  v4rt::text::ChatMode mode = chatMode(line);
  v4rt::text::Completion completion =
      parseCompletion(readInput(line.has("file") ? line.required("file") : "-"), mode);
  if (line.has("strict") && !completion.violation.empty())
    throw Failure("the completion breaks the format: " + completion.violation);
  v4rt::text::Json message = messageJson(completion);
  // A completion cut inside a character has no JSON of its own.
  printf("%s\n", message.dump(-1, ' ', false, v4rt::text::Json::error_handler_t::replace).c_str());
}

} // namespace v4run

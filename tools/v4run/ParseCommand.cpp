// v4run parse: reasoning, content and tool calls of a completion.
#include "runtime/text/CompletionParser.h"
#include "tools/v4run/ChatMode.h"
#include "tools/v4run/CommandLine.h"
#include "tools/v4run/Commands.h"
#include "tools/v4run/Failure.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace v4run {

using v4rt::text::Json;

static std::string readAll(FILE *file, const std::string &name) {
  std::string text;
  char piece[1 << 16];
  while (size_t bytes = fread(piece, 1, sizeof piece, file))
    text.append(piece, bytes);
  if (ferror(file))
    throw Failure("cannot read " + name + ": " + strerror(errno));
  return text;
}

static std::string completionText(const CommandLine &line) {
  if (!line.has("file"))
    return readAll(stdin, "the standard input");
  std::string path = line.required("file");
  std::unique_ptr<FILE, int (*)(FILE *)> file(fopen(path.c_str(), "rb"), fclose);
  if (!file)
    throw Failure("cannot open " + path + ": " + strerror(errno));
  return readAll(file.get(), path);
}

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
  v4rt::text::Completion completion = v4rt::text::parseCompletion(completionText(line), mode);
  if (line.has("strict") && !completion.violation.empty())
    throw Failure("the completion breaks the format: " + completion.violation);
  Json calls = Json::array();
  for (const v4rt::text::ToolCall &call : completion.calls)
    calls.push_back({{"id", call.id},
                     {"type", "function"},
                     {"function", {{"name", call.name}, {"arguments", call.arguments}}}});
  Json message = {{"reasoning_content", completion.reasoning},
                  {"content", completion.content},
                  {"tool_calls", std::move(calls)}};
  // A completion cut inside a character has no JSON of its own.
  printf("%s\n", message.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
}

} // namespace v4run

#include "tools/v4run/ChatInput.h"

#include "runtime/text/ChatProtocol.h"
#include "tools/v4run/CommandLine.h"
#include "tools/v4run/Failure.h"
#include "tools/v4run/InputFile.h"

namespace v4run {

using namespace v4rt::text;

static constexpr uint64_t kMostBytes = 1u << 28;

ChatMode chatMode(const CommandLine &line) {
  ChatMode mode = ChatMode::nonThink;
  if (line.has("mode") && !parseChatMode(line.text("mode"), mode))
    throw UsageError("option --mode is '" + line.text("mode").substr(0, 40) + "', wanted " + kModes);
  return mode;
}

ChatPrompt readPrompt(const CommandLine &line) {
  ChatOptions options;
  options.mode = chatMode(line);
  options.keepReasoning = line.has("keep-reasoning");
  std::string path = line.required("messages"), name = inputName(path), error;
  Json messages;
  if (!parseMessages(readInput(path, kMostBytes), messages, error))
    throw Failure(name + " " + error);
  ChatPrompt prompt;
  if (v4rt::Status status = encodeChat(messages, options, prompt); !status.ok())
    throw Failure(name + ": " + status.text());
  return prompt;
}

bool startsReasoning(const ChatPrompt &prompt) {
  const std::vector<Segment> &segments = prompt.segments();
  return !segments.empty() && segments.back().isControl && segments.back().text == kThink;
}

Json messageJson(const Completion &completion) {
  Json calls = Json::array();
  for (const ToolCall &call : completion.calls)
    calls.push_back({{"id", call.id},
                     {"type", "function"},
                     {"function", {{"name", call.name}, {"arguments", call.arguments}}}});
  return {{"reasoning_content", completion.reasoning},
          {"content", completion.content},
          {"tool_calls", std::move(calls)}};
}

} // namespace v4run

// v4run encode: the prompt of a conversation.
#include "runtime/checkpoint/File.h"
#include "runtime/text/ChatEncoder.h"
#include "tools/v4run/ChatMode.h"
#include "tools/v4run/CommandLine.h"
#include "tools/v4run/Commands.h"
#include "tools/v4run/Failure.h"

namespace v4run {

using v4rt::text::Json;

static constexpr uint64_t kMostBytes = 1u << 28;

void encodeCommand(const Arguments &arguments) {
  CommandLine line(
      "encode --messages FILE.json [option...]",
      "Prints {\"prompt\": TEXT}, the text that the model continues. Token ids need a tokenizer, which\n"
      "this version does not take: a later one will have it as an argument, and add them.");
  line.value("messages", "FILE", "an array of messages, or {\"messages\": [...], \"tools\": [...]}")
      .value("mode", "MODE", "non-think (default), think-high or think-max")
      .flag("keep-reasoning", "also the reasoning before the last question");
  if (!line.parse(arguments))
    return;
  v4rt::text::ChatOptions options;
  options.mode = chatMode(line);
  options.keepReasoning = line.has("keep-reasoning");
  std::string path = line.required("messages"), text, error;
  if (!v4rt::checkpoint::readText(path, kMostBytes, text, error))
    throw Failure(error);
  Json messages;
  if (!v4rt::text::parseMessages(text, messages, error))
    throw Failure(path + " " + error);
  v4rt::text::ChatPrompt prompt;
  if (v4rt::Status status = encodeChat(messages, options, prompt); !status.ok())
    throw Failure(path + ": " + status.text());
  printf("%s\n", Json({{"prompt", prompt.text()}}).dump().c_str());
}

} // namespace v4run

// v4run encode: the prompt of a conversation.
#include "runtime/text/PromptIds.h"
#include "tools/v4run/ChatInput.h"
#include "tools/v4run/CommandLine.h"
#include "tools/v4run/Commands.h"
#include "tools/v4run/Failure.h"
#include "tools/v4run/TokenizerSource.h"

namespace v4run {

void encodeCommand(const Arguments &arguments) {
  CommandLine line(
      "encode [OUT.v4 | TOKENIZER.json] --messages FILE.json [option...]",
      "Prints {\"prompt\": TEXT, \"ids\": [...]}, what the model continues: the text, and with the "
      "tokenizer\n"
      "of an artifact or a file also its token ids. Control tokens come from the chat encoding alone; a\n"
      "message that spells one stays text.");
  line.optional("tokenizer")
      .value("messages", "FILE", "an array of messages, or {\"messages\": [...], \"tools\": [...]}; -: stdin")
      .value("mode", "MODE", "non-think (default), think-high or think-max")
      .flag("keep-reasoning", "also the reasoning before the last question");
  if (!line.parse(arguments))
    return;
  v4rt::text::ChatPrompt prompt = readPrompt(line);
  v4rt::text::Json answer = {{"prompt", prompt.text()}};
  if (line.has("tokenizer")) {
    std::unique_ptr<v4rt::text::Tokenizer> tokenizer = loadTokenizer(line.text("tokenizer"));
    v4rt::text::Encoder encoder(*tokenizer);
    std::vector<uint32_t> ids;
    check(encodePrompt(prompt, *tokenizer, encoder, ids));
    answer["ids"] = ids;
  }
  printf("%s\n", answer.dump().c_str());
}

} // namespace v4run

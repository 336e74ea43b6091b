// v4run generate: what follows a prompt.
#include "runtime/text/ChatProtocol.h"
#include "runtime/text/PromptIds.h"
#include "tools/v4run/ChatInput.h"
#include "tools/v4run/CommandLine.h"
#include "tools/v4run/Commands.h"
#include "tools/v4run/CompletionText.h"
#include "tools/v4run/Failure.h"
#include "tools/v4run/Generator.h"
#include "tools/v4run/LineEditor.h"
#include "tools/v4run/Progress.h"
#include "tools/v4run/SamplingLine.h"
#include "tools/v4run/TokenizerSource.h"
#include "tools/v4run/Tokens.h"

#include <chrono>
#include <cstring>
#include <optional>
#include <unistd.h>

namespace v4run {

using v4rt::text::Json;
using v4rt::text::Tokenizer;

namespace {

using Clock = std::chrono::steady_clock;

double millisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

enum class Input { tokens, text, messages };

class Generation {
public:
  explicit Generation(const CommandLine &line)
      : start(Clock::now()), input(chosenInput(line)), stops(stopStrings(line)),
        artifact(line.text("artifact")),
        most(static_cast<size_t>(line.integer("max-tokens", INT32_MAX, 1, INT32_MAX))),
        streams(!line.has("json")), model(artifact), info(model.info()) {
    v4rt::SamplingOptions sampling = samplingOptions(line, info.vocab_size);
    readPromptIds(line);
    Generator::Options options;
    options.threads = line.threads();
    options.session.device = line.device();
    line.placement(options.session);
    options.endToken = line.has("ignore-eos") ? -1 : info.eos_token;
    generator.emplace(model, options, sampling);
    timings.load = millisecondsSince(start);
  }

  void run() {
    prefill();
    start = Clock::now();
    Progress progress("generating", "tokens");
    end = generator->generate(most, [&](int32_t id) {
      tokens.push_back(id);
      bool goesOn = tokenizer ? emitText(id) : emitId(id);
      if (!streams && most != INT32_MAX)
        progress.update(tokens.size(), most);
      return goesOn;
    });
    if (text)
      write(text->finish());
    timings.decode = millisecondsSince(start);
    if (streams)
      printf("\n");
    else
      printJson();
  }

private:
  static Input chosenInput(const CommandLine &line) {
    int given = line.has("tokens") + line.has("prompt") + line.has("messages");
    if (given != 1)
      throw UsageError(given
                           ? "more than one prompt was given, wanted one of --prompt, --messages and --tokens"
                           : "no prompt was given, wanted --prompt, --messages or --tokens");
    for (const char *option : {"mode", "keep-reasoning"})
      if (line.has(option) && !line.has("messages"))
        throw UsageError(std::string("option --") + option + " is for --messages");
    if (line.has("no-control-tokens") && !line.has("prompt"))
      throw UsageError("option --no-control-tokens is for --prompt");
    if (!line.list("stop").empty() && line.has("tokens"))
      throw UsageError("option --stop is for --prompt and --messages");
    return line.has("tokens") ? Input::tokens : line.has("prompt") ? Input::text : Input::messages;
  }

  void readPromptIds(const CommandLine &line) {
    if (input == Input::tokens) {
      std::string path = line.required("tokens");
      Tokens read = readTokens(path, info.vocab_size);
      if (read.sequences.size() != 1)
        throw Failure(path + " has " + std::to_string(read.sequences.size()) +
                      " sequences, wanted one prompt");
      prompt = std::move(read.sequences[0]);
      return;
    }
    // Before the tokenizer, which takes longer: what is wrong with the messages.
    v4rt::text::ChatPrompt chat;
    if (input == Input::messages)
      chat = readPrompt(line);
    tokenizer = loadTokenizer(model, artifact);
    text.emplace(*tokenizer, stops);
    v4rt::text::Encoder encoder(*tokenizer);
    std::vector<uint32_t> ids;
    if (input == Input::messages) {
      check(encodePrompt(chat, *tokenizer, encoder, ids));
      reasons = startsReasoning(chat);
    } else {
      using v4rt::text::AddedTokens;
      check(encoder.encode(line.text("prompt"), ids,
                           line.has("no-control-tokens") ? AddedTokens::ignore : AddedTokens::match));
      if (info.bos_token >= 0 && (ids.empty() || ids[0] != static_cast<uint32_t>(info.bos_token)))
        ids.insert(ids.begin(), static_cast<uint32_t>(info.bos_token));
    }
    prompt.assign(ids.begin(), ids.end());
    for (int32_t id : prompt)
      if (static_cast<uint32_t>(id) >= info.vocab_size)
        throw Failure("the tokenizer of " + artifact + " gives the token " + std::to_string(id) +
                      ", but the vocabulary has the ids 0 to " + std::to_string(info.vocab_size - 1));
  }

  void prefill() {
    start = Clock::now();
    Progress progress("prompt", "tokens");
    generator->prefill(prompt, [&](size_t done, size_t total) {
      progress.update(done, total);
      return true;
    });
    timings.prefill = millisecondsSince(start);
  }

  bool emitId(int32_t id) {
    if (streams) {
      printf(tokens.size() == 1 ? "%d" : " %d", id);
      fflush(stdout);
    }
    return true;
  }

  bool emitText(int32_t id) {
    write(text->push(id));
    return !text->isStopped();
  }

  void write(const std::string &piece) {
    completion += piece;
    if (!streams || piece.empty())
      return;
    std::string shown = isTerminal ? harmless(piece) : piece;
    fwrite(shown.data(), 1, shown.size(), stdout);
    if (fflush(stdout) != 0) // the reader has gone: no more work for it
      throw Failure("cannot write the standard output");
  }

  /// Of the chat API, but for --tokens, which says when it was the context that ended it.
  const char *finishReason() const {
    if (end == Generator::End::context && input == Input::tokens)
      return "context";
    return end == Generator::End::length || end == Generator::End::context ? "length" : "stop";
  }

  void addMessage(Json &answer) const {
    using namespace v4rt::text;
    std::string whole = completion;
    if (end == Generator::End::token)
      whole += kEndOfSentence;
    Completion parsed = parseCompletion(whole, reasons ? ChatMode::thinkHigh : ChatMode::nonThink);
    answer = messageJson(parsed);
    answer["reasoning_details"] = Json::array();
    if (!parsed.reasoning.empty())
      answer["reasoning_details"].push_back({{"type", "reasoning.text"}, {"text", parsed.reasoning}});
    bool calls = !parsed.calls.empty() && !strcmp(finishReason(), "stop");
    answer["finish_reason"] = calls ? "tool_calls" : finishReason();
  }

  void printJson() const {
    Json answer;
    if (input == Input::messages)
      addMessage(answer);
    else
      answer["finish_reason"] = finishReason();
    if (input != Input::tokens)
      answer["text"] = completion;
    answer["tokens"] = tokens;
    answer["prompt_tokens"] = prompt.size();
    answer["completion_tokens"] = tokens.size();
    answer["timings"] = {{"load_ms", timings.load},
                         {"prefill_ms", timings.prefill},
                         {"decode_ms", timings.decode},
                         {"prefill_tokens_per_s", perSecond(prompt.size(), timings.prefill)},
                         {"tokens_per_s", perSecond(generator->steps(), timings.decode)}};
    printf("%s\n", answer.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
  }

  Clock::time_point start;
  Input input;
  std::vector<std::string> stops;
  std::string artifact;
  size_t most;
  bool streams, reasons = false, isTerminal = isatty(STDOUT_FILENO);
  v4::Model model;
  v4_model_info_t info;
  std::unique_ptr<Tokenizer> tokenizer; // unless the prompt was token ids
  std::optional<CompletionText> text;
  std::vector<int32_t> prompt, tokens; // tokens: without the end token
  std::optional<Generator> generator;
  std::string completion;
  Generator::End end = Generator::End::token;
  Timings timings;
};

} // namespace

void generateCommand(const Arguments &arguments) {
  CommandLine line(
      "generate OUT.v4 --prompt TEXT | --messages FILE.json | --tokens TOKENS.json [option...]",
      "Continues a prompt and prints what comes as it comes: text, or for --tokens ids. It ends before\n"
      "the end token of the model, before a stop string, after --max-tokens, or where the context is\n"
      "full. Without a temperature the likeliest token is taken, of equal ones the lowest id; with one\n"
      "the same seed gives the same tokens.");
  line.positional("artifact")
      .value("prompt", "TEXT", "text to continue, behind the begin token of the model")
      .flag("no-control-tokens", "<think> and its like in --prompt are plain text")
      .value("messages", "FILE", "a conversation to answer, as for v4run encode; -: stdin")
      .value("mode", "MODE", "non-think (default), think-high or think-max")
      .flag("keep-reasoning", "also the reasoning before the last question")
      .value("tokens", "FILE", "JSON array of token ids to continue; -: stdin")
      .value("max-tokens", "N", "tokens to generate at most (what the context holds)")
      .values("stop", "TEXT", "end before this text; may be repeated");
  addSamplingOptions(line);
  line.flag("ignore-eos", "go on after the end token")
      .value("threads", "N", "threads that compute (one a processor)")
      .value("device", "NAME",
             "cpu, cuda, or sim, which checks kernels for a GPU on the CPU (as the artifact is)")
      .addPlacement()
      .flag("json", "print one object: for --messages content, reasoning_content, reasoning_details,\n"
                    "tool_calls; text, tokens, prompt_tokens, completion_tokens, finish_reason\n"
                    "(stop, length, tool_calls; for --tokens also context), timings");
  if (line.parse(arguments))
    Generation(line).run();
}

} // namespace v4run

#include "tools/v4run/Conversation.h"

#include "runtime/text/ChatProtocol.h"
#include "runtime/text/PromptIds.h"
#include "tools/v4run/ChatInput.h"
#include "tools/v4run/Failure.h"

#include <chrono>

namespace v4run {

using namespace v4rt::text;
using Clock = std::chrono::steady_clock;

static double millisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

Conversation::Conversation(const v4::Model &model, std::unique_ptr<Tokenizer> given, Options chosen)
    : tokenizer(std::move(given)), options(std::move(chosen)), encoder(*tokenizer),
      generator(model, options.generator, options.sampling) {
  reset();
}

void Conversation::reset() {
  messages = Json::array();
  if (!options.system.empty())
    messages.push_back({{"role", "system"}, {"content", options.system}});
  generator.reset();
  turn = Turn();
}

bool Conversation::answer(const std::string &message, Listener &listener) {
  messages.push_back({{"role", "user"}, {"content", message}});
  size_t known = messages.size() - 1;
  auto forget = [&] {
    while (messages.size() > known)
      messages.erase(messages.size() - 1);
  };
  try {
    bool reasons = false;
    if (!prefill(listener, reasons)) {
      forget();
      return false;
    }
    complete(listener, reasons);
    return true;
  } catch (...) {
    forget();
    throw;
  }
}

bool Conversation::prefill(Listener &listener, bool &reasons) {
  ChatPrompt prompt;
  check(encodeChat(messages, options.chat, prompt));
  reasons = startsReasoning(prompt);
  std::vector<uint32_t> ids;
  check(encodePrompt(prompt, *tokenizer, encoder, ids));
  turn = Turn();
  auto start = Clock::now();
  bool whole = generator.prefill({ids.begin(), ids.end()},
                                 [&](size_t done, size_t total) { return listener.prompt(done, total); });
  turn.prefill = millisecondsSince(start);
  turn.promptTokens = ids.size();
  turn.reusedTokens = generator.reused();
  return whole;
}

void Conversation::complete(Listener &listener, bool reasons) {
  CompletionText text(*tokenizer, options.stops);
  CompletionParser parser(reasons ? ChatMode::thinkHigh : ChatMode::nonThink);
  Completion completion;
  std::vector<CompletionEvent> events;
  auto deliver = [&] {
    for (CompletionEvent &event : events) {
      listener.event(event);
      if (event.kind == CompletionEvent::Kind::toolCall)
        completion.calls.push_back(event.call);
      else
        (event.kind == CompletionEvent::Kind::reasoning ? completion.reasoning : completion.content) +=
            event.text;
    }
    events.clear();
  };
  auto start = Clock::now();
  turn.end = generator.generate(options.mostTokens, [&](int32_t id) {
    ++turn.tokens;
    parser.feed(text.push(id), events);
    deliver();
    return !text.isStopped() && listener.goesOn();
  });
  parser.feed(text.finish(), events);
  if (turn.end == Generator::End::token)
    parser.feed(kEndOfSentence, events);
  parser.finish(events);
  deliver();
  turn.decode = millisecondsSince(start);
  turn.steps = generator.steps();
  generatedTokens += turn.tokens;

  Json message = messageJson(completion);
  message["role"] = "assistant";
  for (const char *key : {"reasoning_content", "tool_calls"})
    if (message[key].empty() || message[key] == "")
      message.erase(key);
  messages.push_back(std::move(message));
}

} // namespace v4run

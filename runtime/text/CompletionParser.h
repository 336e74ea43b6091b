// Completion -> reasoning, content and tool calls (section 9.3 of the specification), on a stream.
//
// Nothing of the text is lost. Markup that breaks the format comes out as content, from the start of the call
// it belongs to; later calls of the same block are still found. Text after the end token is content too.
#pragma once

#include "runtime/text/ChatEncoder.h"

#include <initializer_list>

namespace v4rt::text {

struct ToolCall {
  std::string id; // "call_0", "call_1", ...: in the order of the completion
  std::string name;
  /// A JSON object in text, the values as the model wrote them: where they are no JSON, neither is this.
  std::string arguments;
};

struct CompletionEvent {
  enum class Kind { reasoning, content, toolCall };
  Kind kind = Kind::content;
  std::string text; // what is new, unless it is a call
  ToolCall call;
};

enum class FinishReason {
  stop,
  toolCalls,
  length, // the completion was cut off
};

class CompletionParser {
public:
  /// In both thinking modes a completion starts with reasoning.
  explicit CompletionParser(ChatMode mode);

  /// Takes the next bytes, cut anywhere, and adds to `events` what they decide. Bytes that may belong to a
  /// tag are held back until it is clear; so are those of an unfinished call.
  void feed(std::string_view bytes, std::vector<CompletionEvent> &events);
  /// The completion has ended: gives out what was held back.
  void finish(std::vector<CompletionEvent> &events);

  FinishReason finishReason() const;
  /// What first broke the format, as a clause; empty if nothing did.
  const std::string &violation() const { return violation_; }

private:
  enum class State {
    reasoning,
    content,
    blockHead,
    item,
    name,
    body,
    parameters,
    key,
    flag,
    value,
    blockEnd,
    ended
  };
  enum class Found { no, yes, undecided };
  using Events = std::vector<CompletionEvent>;

  void run(Events &events);
  /// One step of the grammar; false if it needs more bytes.
  bool step(Events &events);
  bool scanReasoning(Events &events);
  bool scanContent(Events &events);
  bool scanBlockHead();
  bool scanItem();
  bool scanName();
  bool scanBody(Events &events);
  bool scanFlag();
  bool scanUntil(std::string_view tag, std::string &text, State next);
  bool scanBlockEnd();
  bool malformed(const char *what);

  Found take(std::string_view tag);
  size_t findFirst(std::initializer_list<std::string_view> tags, std::string_view &found);
  void emit(CompletionEvent::Kind kind, size_t end, Events &events);
  void enter(State state, size_t at);
  void completeCall(Events &events);
  void violate(const char *what);

  State state_;
  std::string buffer_;
  size_t unit_ = 0;     // the bytes from here are not given out: what becomes content if it is malformed
  size_t at_ = 0;       // the next byte to look at
  size_t searched_ = 0; // no tag that is looked for starts before this byte
  bool isFinished_ = false, isInBlock_ = false, sawEnd_ = false, lacksValueEnd_ = false;
  size_t calls_ = 0;
  std::string violation_;

  // Of the call that is being read.
  std::string name_, key_, value_, arguments_;
  std::vector<std::string> keys_;
  bool isText_ = false;
};

/// A whole completion.
struct Completion {
  std::string reasoning, content;
  std::vector<ToolCall> calls;
  FinishReason finish = FinishReason::stop;
  std::string violation; // also of control tokens inside reasoning or content
};

Completion parseCompletion(std::string_view text, ChatMode mode);

} // namespace v4rt::text

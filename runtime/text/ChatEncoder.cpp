#include "runtime/text/ChatEncoder.h"

#include "runtime/text/ChatProtocol.h"

#include <algorithm>

namespace v4rt::text {
namespace {

constexpr ptrdiff_t kNone = -1;

ptrdiff_t lastQuestion(const std::vector<Turn> &turns) {
  for (size_t i = turns.size(); i--;)
    if (turns[i].role == Role::user || turns[i].role == Role::developer)
      return static_cast<ptrdiff_t>(i);
  return kNone;
}

/// Before the last question: no reasoning, no developer's turns.
std::vector<Turn> forgetReasoning(std::vector<Turn> turns) {
  ptrdiff_t last = lastQuestion(turns), i = 0;
  std::vector<Turn> kept;
  for (Turn &turn : turns) {
    bool isEarlier = i++ < last;
    if (isEarlier && turn.role == Role::developer)
      continue;
    if (isEarlier)
      turn.reasoning.clear();
    kept.push_back(std::move(turn));
  }
  return kept;
}

class Renderer {
public:
  Renderer(const std::vector<Turn> &turns, bool thinks, bool drops, ChatPrompt &prompt)
      : turns_(turns), thinks_(thinks), drops_(drops), last_(lastQuestion(turns)), prompt_(prompt) {}

  void render(size_t i) {
    turn(i);
    bool isLast = i + 1 == turns_.size();
    if (isLast || turns_[i + 1].role == Role::assistant || turns_[i + 1].role == Role::latestReminder)
      transition(i);
  }

private:
  void turn(size_t i) {
    const Turn &turn = turns_[i];
    switch (turn.role) {
    case Role::developer:
      prompt_.control(kUser);
      [[fallthrough]];
    case Role::system:
      prompt_.plain(turn.content);
      return suffixes(turn);
    case Role::latestReminder:
      prompt_.control(kLatestReminder);
      return prompt_.plain(turn.content);
    case Role::user:
      return user(turn);
    case Role::assistant:
      return assistant(turn, i);
    }
  }

  void suffixes(const Turn &turn) {
    if (!turn.tools.empty()) {
      prompt_.plain("\n\n");
      prompt_.protocol(kToolsHead);
      const char *separator = "";
      for (const std::string &tool : turn.tools) {
        prompt_.plain(separator);
        prompt_.plain(tool);
        separator = "\n";
      }
      prompt_.protocol(kToolsTail);
    }
    if (!turn.responseFormat.empty()) {
      prompt_.plain("\n\n");
      prompt_.protocol(kResponseFormatHead);
      prompt_.plain(turn.responseFormat);
    }
  }

  void user(const Turn &turn) {
    prompt_.control(kUser);
    const char *separator = "";
    for (const Block &block : turn.blocks) {
      prompt_.plain(separator);
      prompt_.plain(block.isResult ? "<tool_result>" : "");
      prompt_.plain(block.text);
      prompt_.plain(block.isResult ? "</tool_result>" : "");
      separator = "\n\n";
    }
  }

  void assistant(const Turn &turn, size_t i) {
    bool answersTask = i > 0 && turns_[i - 1].task;
    if (thinks_ && !answersTask && (!drops_ || static_cast<ptrdiff_t>(i) > last_)) {
      prompt_.plain(turn.reasoning);
      prompt_.control(kEndThink);
    }
    prompt_.plain(turn.content);
    if (!turn.calls.empty()) {
      prompt_.plain("\n\n");
      appendDsml(prompt_, turn.calls);
    }
    if (!turn.withoutEnd)
      prompt_.control(kEndOfSentence);
  }

  /// What the answer to a turn begins with.
  void transition(size_t i) {
    const Turn &turn = turns_[i];
    if (turn.task && *turn.task != "action")
      return prompt_.control(taskToken(*turn.task));
    bool asks = turn.role == Role::user || turn.role == Role::developer;
    if (!turn.task && !asks)
      return;
    bool opens = thinks_ && (turn.task || !drops_ || static_cast<ptrdiff_t>(i) >= last_);
    prompt_.control(kAssistant);
    prompt_.control(opens ? kThink : kEndThink);
    if (turn.task)
      prompt_.control(taskToken(*turn.task));
  }

  const std::vector<Turn> &turns_;
  bool thinks_, drops_;
  ptrdiff_t last_;
  ChatPrompt &prompt_;
};

} // namespace

bool parseChatMode(std::string_view name, ChatMode &mode) {
  if (name == "non-think")
    mode = ChatMode::nonThink;
  else if (name == "think-high")
    mode = ChatMode::thinkHigh;
  else if (name == "think-max")
    mode = ChatMode::thinkMax;
  else
    return false;
  return true;
}

Status encodeChat(const Json &messages, const ChatOptions &options, ChatPrompt &prompt, const Json &context) {
  std::vector<Turn> turns, fresh;
  if (Status status = readTurns(context, turns); !status.ok())
    return fail(status.code(), "context: %s", status.text().c_str());
  V4_TRY(readTurns(messages, fresh));
  // Turns do not join across the border, but results find their calls across it.
  size_t start = turns.size();
  turns.insert(turns.end(), std::make_move_iterator(fresh.begin()), std::make_move_iterator(fresh.end()));
  sortResults(turns);

  bool thinks = options.mode != ChatMode::nonThink;
  bool drops = !options.keepReasoning &&
               std::none_of(turns.begin(), turns.end(), [](const Turn &turn) { return !turn.tools.empty(); });
  prompt = ChatPrompt();
  if (options.beginOfSentence && start == 0)
    prompt.control(kBeginOfSentence);
  if (thinks && drops) {
    start = forgetReasoning({turns.begin(), turns.begin() + static_cast<ptrdiff_t>(start)}).size();
    turns = forgetReasoning(std::move(turns));
  }
  Renderer renderer(turns, thinks, drops, prompt);
  for (size_t i = start; i < turns.size(); ++i) {
    if (i == 0 && options.mode == ChatMode::thinkMax)
      prompt.protocol(kMaxPrefix);
    renderer.render(i);
  }
  return {};
}

} // namespace v4rt::text

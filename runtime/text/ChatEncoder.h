// Conversation -> prompt (section 9.2 of the specification).
#pragma once

#include "runtime/text/ChatMessages.h"

namespace v4rt::text {

enum class ChatMode { nonThink, thinkHigh, thinkMax };

/// "non-think", "think-high" or "think-max".
bool parseChatMode(std::string_view name, ChatMode &mode);

struct ChatOptions {
  ChatMode mode = ChatMode::nonThink;
  bool keepReasoning = false;  // of earlier turns; declared tools keep it too
  bool beginOfSentence = true; // unless there is a context
};

/// The prompt for `messages`, an array as the chat API has it. `context` are messages before them, rendered
/// earlier: their text is not repeated.
Status encodeChat(const Json &messages, const ChatOptions &options, ChatPrompt &prompt,
                  const Json &context = Json::array());

} // namespace v4rt::text

// The messages of a conversation, checked, and joined into the turns that a prompt is made of.
#pragma once

#include "runtime/text/Dsml.h"

#include <optional>

namespace v4rt::text {

enum class Role { system, user, assistant, developer, latestReminder };

/// A part of a user's turn: text, or what a tool returned.
struct Block {
  std::string text;
  bool isResult = false;
  std::string callId; // of a result
};

/// A message, or several: results of tools and further user messages join the user's turn.
struct Turn {
  Role role = Role::user;
  std::string content;
  std::vector<Block> blocks; // of a user's turn, instead of content
  std::string reasoning;
  std::vector<DsmlCall> calls;
  std::vector<std::string> callIds; // one a call, empty if it has none
  std::vector<std::string> tools;   // JSON of each function
  std::string responseFormat;       // JSON, or empty
  std::optional<std::string> task;
  bool withoutEnd = false;
};

/// A file of messages: an array, or an object with "messages" and "tools", which the first message then
/// declares. `error` continues the file's name and a space.
bool parseMessages(std::string_view text, Json &messages, std::string &error);

/// Checks `messages` and joins them to turns.
Status readTurns(const Json &messages, std::vector<Turn> &turns);

/// Results of tools take the order of the calls they answer.
void sortResults(std::vector<Turn> &turns);

} // namespace v4rt::text

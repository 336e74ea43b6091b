#include "runtime/text/ChatMessages.h"

#include "runtime/text/ChatProtocol.h"

#include <algorithm>
#include <map>

namespace v4rt::text {
namespace {

const Json kAbsent;

const Json &member(const Json &object, const char *name) {
  auto found = object.find(name);
  return found == object.end() ? kAbsent : *found;
}

/// Reads one message. Its functions return what is wrong with it.
class MessageReader {
public:
  explicit MessageReader(const Json &message) : message_(message) {}

  Status read(Turn &turn, bool &isTool) {
    if (!message_.is_object())
      return wrong("the message", message_, "an object");
    V4_TRY(role(turn.role, isTool));
    if (isTool)
      return toolResult(turn);
    V4_TRY(string("content", turn.content));
    V4_TRY(string("reasoning_content", turn.reasoning));
    V4_TRY(task(turn.task));
    V4_TRY(tools(turn.tools));
    if (const Json &format = member(message_, "response_format"); isTruthy(format))
      turn.responseFormat = dumpJson(format);
    if (turn.role == Role::user) {
      turn.blocks.push_back({std::move(turn.content), false, ""});
      turn.content.clear();
    }
    if (turn.role == Role::assistant)
      V4_TRY(calls(turn));
    turn.withoutEnd = isTruthy(member(message_, "wo_eos"));
    return {};
  }

private:
  static Status wrong(const std::string &what, const Json &found, const char *wanted) {
    return fail(V4_INVALID_ARGUMENT, "%s is %s, wanted %s", what.c_str(), shown(found).c_str(), wanted);
  }

  Status role(Role &role, bool &isTool) {
    struct Name {
      const char *text;
      Role role;
    };
    static constexpr Name kNames[] = {
        {"system", Role::system}, {"user", Role::user},           {"assistant", Role::assistant},
        {"tool", Role::user},     {"developer", Role::developer}, {"latest_reminder", Role::latestReminder}};
    constexpr const char *kWanted = "system, user, assistant, tool, developer or latest_reminder";
    if (!message_.contains("role"))
      return fail(V4_INVALID_ARGUMENT, "the message has no role, wanted %s", kWanted);
    const Json &given = message_["role"];
    for (const Name &name : kNames)
      if (given == name.text) {
        role = name.role;
        isTool = given == "tool";
        return {};
      }
    return wrong("role", given, kWanted);
  }

  Status string(const char *name, std::string &out) {
    const Json &value = member(message_, name);
    if (value.is_string())
      out = value.get<std::string>();
    else if (!value.is_null())
      return wrong(name, value, "a string");
    return {};
  }

  Status task(std::optional<std::string> &out) {
    const Json &value = member(message_, "task");
    if (value.is_null())
      return {};
    if (!value.is_string() || taskToken(value.get_ref<const std::string &>()).empty())
      return wrong("task", value, "action, query, authority, domain, title or read_url");
    out = value.get<std::string>();
    return {};
  }

  Status tools(std::vector<std::string> &out) {
    const Json &tools = member(message_, "tools");
    if (!isTruthy(tools))
      return {};
    if (!tools.is_array())
      return wrong("tools", tools, "an array");
    for (const Json &tool : tools) {
      if (!tool.is_object() || !tool.contains("function"))
        return wrong("a tool", tool, "an object with a function");
      out.push_back(dumpJson(tool["function"]));
    }
    return {};
  }

  Status calls(Turn &turn) {
    const Json &calls = member(message_, "tool_calls");
    if (!isTruthy(calls))
      return {};
    if (!calls.is_array())
      return wrong("tool_calls", calls, "an array");
    for (const Json &call : calls) {
      const Json &function = call.is_object() ? member(call, "function") : kAbsent;
      if (!function.is_object() || !member(function, "name").is_string() || !function.contains("arguments"))
        return wrong("a tool call", call, "an object with a function that has a name and arguments");
      const Json &outer = member(call, "id"), &id = isTruthy(outer) ? outer : member(function, "id");
      if (isTruthy(id) && !id.is_string())
        return wrong("the id of a tool call", id, "a string");
      turn.callIds.push_back(id.is_string() ? id.get<std::string>() : "");
      turn.calls.emplace_back();
      if (Status status =
              dsmlCall(function["name"].get<std::string>(), function["arguments"], turn.calls.back());
          !status.ok())
        return fail(status.code(), "tool call '%s': %s",
                    printable(turn.calls.back().name.data(), turn.calls.back().name.size()).c_str(),
                    status.text().c_str());
    }
    return {};
  }

  Status toolResult(Turn &turn) {
    Block block;
    block.isResult = true;
    const Json &content = member(message_, "content");
    if (content.is_array())
      V4_TRY(parts(content, block.text));
    else
      V4_TRY(string("content", block.text));
    V4_TRY(string("tool_call_id", block.callId));
    turn.blocks.push_back(std::move(block));
    return {};
  }

  Status parts(const Json &content, std::string &out) {
    const char *separator = "";
    for (const Json &part : content) {
      if (!part.is_object())
        return wrong("a part of the content", part, "an object");
      const Json &type = member(part, "type"), &text = member(part, "text");
      out += separator;
      separator = "\n\n";
      if (type != "text")
        out += "[Unsupported " +
               (type.is_null()     ? "None"
                : type.is_string() ? type.get<std::string>()
                                   : dumpJson(type)) +
               "]";
      else if (text.is_string())
        out += text.get_ref<const std::string &>();
      else if (part.contains("text"))
        return wrong("the text of a part", text, "a string");
    }
    return {};
  }

  const Json &message_;
};

} // namespace

bool parseMessages(std::string_view text, Json &messages, std::string &error) {
  Json file;
  if (!parseJson(text, file, error)) {
    error = "is not JSON: " + error;
    return false;
  }
  bool isObject = file.is_object();
  messages = isObject ? member(file, "messages") : file;
  if (!messages.is_array()) {
    error = isObject && !file.contains("messages")
                ? "has no \"messages\", wanted an array of messages"
                : "has " + shown(messages) + ", wanted an array of messages or an object with \"messages\"";
    return false;
  }
  const Json &tools = isObject ? member(file, "tools") : kAbsent;
  if (!isTruthy(tools))
    return true;
  if (messages.empty() || !messages.front().is_object()) {
    error = "has tools, but no message that could declare them";
    return false;
  }
  messages.front()["tools"] = tools;
  return true;
}

Status readTurns(const Json &messages, std::vector<Turn> &turns) {
  turns.clear();
  if (!messages.is_array())
    return fail(V4_INVALID_ARGUMENT, "messages are %s, wanted an array", shown(messages).c_str());
  size_t index = 0;
  for (const Json &message : messages) {
    Turn turn;
    bool isTool = false;
    if (Status status = MessageReader(message).read(turn, isTool); !status.ok())
      return fail(status.code(), "message %zu: %s", index, status.text().c_str());
    // A user's text does not join a turn with a task, a result does. What joins leaves its other fields
    // behind.
    bool joins = turn.role == Role::user && !turns.empty() && turns.back().role == Role::user &&
                 (isTool || !turns.back().task);
    if (joins)
      turns.back().blocks.push_back(std::move(turn.blocks.front()));
    else
      turns.push_back(std::move(turn));
    ++index;
  }
  return {};
}

void sortResults(std::vector<Turn> &turns) {
  std::map<std::string, size_t> order;
  for (Turn &turn : turns) {
    if (turn.role == Role::assistant && !turn.calls.empty()) {
      order.clear();
      for (size_t i = 0; i < turn.callIds.size(); ++i)
        if (!turn.callIds[i].empty())
          order[turn.callIds[i]] = i;
    } else if (turn.role == Role::user && !order.empty()) {
      std::multimap<size_t, Block> results; // results of one place keep their order
      for (const Block &block : turn.blocks) {
        if (!block.isResult)
          continue;
        auto found = order.find(block.callId);
        results.emplace(found == order.end() ? 0 : found->second, block); // a result of nobody's comes first
      }
      auto next = results.begin();
      for (Block &block : turn.blocks)
        if (block.isResult)
          block = std::move((next++)->second);
    }
  }
}

} // namespace v4rt::text

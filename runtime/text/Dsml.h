// DSML, the markup of tool calls (section 9.3 of the specification).
#pragma once

#include "runtime/Status.h"
#include "runtime/text/ChatPrompt.h"
#include "runtime/text/PyJson.h"

namespace v4rt::text {

struct DsmlParameter {
  std::string name;
  std::string value; // text as it is, or JSON
  bool isText = false;
};

struct DsmlCall {
  std::string name;
  std::vector<DsmlParameter> parameters;
};

/// A call of `name` with `arguments` as an assistant's message has them: a string that holds a JSON object.
/// What is no JSON becomes a single parameter "arguments"; JSON that is no object is refused.
Status dsmlCall(std::string name, const Json &arguments, DsmlCall &call);

/// The block of an assistant's tool calls.
void appendDsml(ChatPrompt &prompt, const std::vector<DsmlCall> &calls);

} // namespace v4rt::text

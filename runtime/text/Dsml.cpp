#include "runtime/text/Dsml.h"

namespace v4rt::text {

static void addParameter(DsmlCall &call, const std::string &name, const Json &value) {
  bool isText = value.is_string();
  call.parameters.push_back({name, isText ? value.get<std::string>() : dumpJson(value), isText});
}

Status dsmlCall(std::string name, const Json &arguments, DsmlCall &call) {
  call.name = std::move(name);
  Json parsed;
  std::string error;
  if (!arguments.is_string() || !parseJson(arguments.get_ref<const std::string &>(), parsed, error)) {
    addParameter(call, "arguments", arguments);
    return {};
  }
  if (!parsed.is_object())
    return fail(V4_INVALID_ARGUMENT, "the arguments are the JSON text %s, wanted a JSON object",
                shown(parsed).c_str());
  for (const auto &[key, value] : parsed.items())
    addParameter(call, key, value);
  return {};
}

void appendDsml(ChatPrompt &prompt, const std::vector<DsmlCall> &calls) {
  prompt.protocol("<｜DSML｜tool_calls>\n");
  for (const DsmlCall &call : calls) {
    prompt.protocol("<｜DSML｜invoke name=\"");
    prompt.plain(call.name);
    prompt.plain("\">\n");
    const char *separator = "";
    for (const DsmlParameter &parameter : call.parameters) {
      prompt.plain(separator);
      prompt.protocol("<｜DSML｜parameter name=\"");
      prompt.plain(parameter.name);
      prompt.plain(parameter.isText ? "\" string=\"true\">" : "\" string=\"false\">");
      prompt.plain(parameter.value);
      prompt.protocol("</｜DSML｜parameter>");
      separator = "\n";
    }
    prompt.protocol("\n</｜DSML｜invoke>\n");
  }
  prompt.protocol("</｜DSML｜tool_calls>");
}

} // namespace v4rt::text

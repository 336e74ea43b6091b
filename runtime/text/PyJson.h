// JSON as Python's json module reads and prints it: the prompts of the model hold its output.
//
// Beyond RFC 8259: NaN, Infinity and -Infinity are numbers, integers keep all their digits, floats too large
// for a double are infinite. Of a key given twice, the first place and the last value stay. Half a surrogate
// pair becomes U+FFFD, as it has no UTF-8.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace v4rt::text {

using Json = nlohmann::ordered_json;

/// json.loads. On failure, `error` continues "<name> is not JSON: ".
bool parseJson(std::string_view text, Json &value, std::string &error);

/// json.dumps(value, ensure_ascii=False). `value` comes from parseJson: it has no deeper nesting than that
/// accepts.
std::string dumpJson(const Json &value);

/// bool(value): null, false, 0 and what is empty are not.
bool isTruthy(const Json &value);

/// `value` for a message: its JSON in ASCII, shortened.
std::string shown(const Json &value);

bool isUtf8(std::string_view text);

} // namespace v4rt::text

#include "codegen/Import/JsonFields.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

namespace mlir::v4 {

using llvm::StringRef;
using llvm::Twine;
namespace json = llvm::json;

std::string describeJson(const json::Value &value) {
  switch (value.kind()) {
  case json::Value::Array:
    return "an array";
  case json::Value::Object:
    return "an object";
  case json::Value::String:
    if (value.getAsString()->size() > 60)
      return "a long string";
    break;
  case json::Value::Number:
    if (!value.getAsInteger()) {
      std::string text;
      llvm::raw_string_ostream(text) << llvm::format("%g", *value.getAsNumber());
      return text;
    }
    break;
  default:
    break;
  }
  return llvm::formatv("{0}", value).str();
}

void JsonFields::fail(const Twine &message) {
  if (ok())
    error = ("config.json: " + message).str();
}

const json::Value *JsonFields::find(StringRef name) const {
  const json::Value *value = object.get(name);
  return value && !value->getAsNull() ? value : nullptr;
}

const json::Value *JsonFields::need(StringRef name) {
  const json::Value *value = find(name);
  if (!value)
    fail(quoted(name) + (object.get(name) ? " is null" : " is missing"));
  return value;
}

int64_t JsonFields::checkInteger(const Twine &name, const json::Value &value, int64_t least, int64_t most) {
  std::optional<int64_t> number = value.getAsInteger();
  if (!number) {
    fail(name + " is " + describeJson(value) + ", but a whole number is wanted");
    return least;
  }
  if (*number < least)
    fail(name + " is " + Twine(*number) + ", but must be at least " + Twine(least));
  if (*number > most)
    fail(name + " is " + Twine(*number) + ", but may be at most " + Twine(most));
  return *number;
}

int64_t JsonFields::integer(StringRef name, int64_t least, int64_t most) {
  const json::Value *value = need(name);
  return value ? checkInteger(quoted(name), *value, least, most) : least;
}

int64_t JsonFields::integerOr(StringRef name, int64_t otherwise, int64_t least, int64_t most) {
  return find(name) ? integer(name, least, most) : otherwise;
}

double JsonFields::number(StringRef name, double least, bool open) {
  const json::Value *value = need(name);
  if (!value)
    return least;
  std::optional<double> number = value->getAsNumber();
  if (!number || !std::isfinite(*number)) {
    fail(quoted(name) + " is " + describeJson(*value) + ", but a number is wanted");
    return least;
  }
  if (*number < least || (open && *number == least))
    fail(quoted(name) + " is " + describeJson(*value) + ", but must be " +
         (open ? "more than " : "at least ") + llvm::formatv("{0}", json::Value(least)).str());
  return *number;
}

double JsonFields::numberOr(StringRef name, double otherwise, double least, bool open) {
  return find(name) ? number(name, least, open) : otherwise;
}

std::string JsonFields::string(StringRef name) {
  const json::Value *value = need(name);
  if (!value)
    return {};
  std::optional<StringRef> text = value->getAsString();
  if (!text) {
    fail(quoted(name) + " is " + describeJson(*value) + ", but a string is wanted");
    return {};
  }
  return text->str();
}

const json::Array *JsonFields::array(StringRef name) {
  const json::Value *value = need(name);
  if (!value)
    return nullptr;
  const json::Array *array = value->getAsArray();
  if (!array)
    fail(quoted(name) + " is " + describeJson(*value) + ", but an array is wanted");
  return array;
}

void JsonFields::mustBe(StringRef name, const json::Value &wanted, StringRef why) {
  const json::Value *value = find(name);
  if (value && *value != wanted)
    fail(quoted(name) + " is " + describeJson(*value) + ", but must be " + describeJson(wanted) + ": " + why);
}

} // namespace mlir::v4

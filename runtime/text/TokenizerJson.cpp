#include "runtime/text/TokenizerReader.h"

#include <set>

namespace v4rt::text {

Status Tokenizer::parse(std::string_view json, const std::string &name,
                        std::unique_ptr<Tokenizer> &tokenizer) {
  auto made = std::make_unique<Tokenizer>();
  V4_TRY(TokenizerReader(name, *made).run(json));
  tokenizer = std::move(made);
  return Status();
}

Status TokenizerReader::run(std::string_view text) {
  Json root;
  V4_TRY(parse(text, root));
  if (!root.is_object())
    return malformed("is no JSON object");
  for (const char *what : {"truncation", "padding"})
    if (find(root, what))
      return unsupported(std::string("asks for ") + what);
  V4_TRY(readNormalizer(find(root, "normalizer")));
  V4_TRY(readPretokenizer(find(root, "pre_tokenizer")));
  if (const Json *post = find(root, "post_processor"); post && typeOf(*post) != "ByteLevel")
    return unsupported("has a post-processor of type " + shown(typeOf(*post)) + ", wanted ByteLevel or none");
  const Json *decoder = find(root, "decoder");
  if (!decoder || typeOf(*decoder) != "ByteLevel")
    return unsupported("has a decoder of type " + shown(decoder ? typeOf(*decoder) : "") +
                       ", wanted ByteLevel");
  const Json *model = find(root, "model");
  if (!model || !model->is_object())
    return malformed("has no object 'model'");
  V4_TRY(readModel(*model));
  V4_TRY(readAdded(find(root, "added_tokens")));
  return readMerges(*model);
}

Status TokenizerReader::malformed(const std::string &what) const {
  return fail(V4_INVALID_ARGUMENT, "%s %s", name.c_str(), what.c_str());
}

Status TokenizerReader::unsupported(const std::string &what) const {
  return fail(V4_UNSUPPORTED, "%s %s", name.c_str(), what.c_str());
}

std::string TokenizerReader::shown(const std::string &text) {
  return "'" + printable(text.data(), text.size()) + "'";
}

const TokenizerReader::Json *TokenizerReader::find(const Json &object, const char *name) {
  auto member = object.find(name);
  return member == object.end() || member->is_null() ? nullptr : &*member;
}

std::string TokenizerReader::typeOf(const Json &object) {
  const Json *type = object.is_object() ? find(object, "type") : nullptr;
  return type && type->is_string() ? type->get_ref<const std::string &>() : std::string();
}

bool TokenizerReader::isTrue(const Json &object, const char *name) {
  const Json *member = find(object, name);
  return member && (!member->is_boolean() || member->get<bool>());
}

// The first key that is in one object twice; empty if there is none.
static std::string repeatedKey(std::string_view text) {
  using Json = nlohmann::json;
  std::vector<std::set<std::string>> keys;
  std::string repeated;
  auto watch = [&](int, Json::parse_event_t event, Json &value) {
    if (event == Json::parse_event_t::object_start)
      keys.emplace_back();
    else if (event == Json::parse_event_t::object_end)
      keys.pop_back();
    else if (event == Json::parse_event_t::key && repeated.empty() &&
             !keys.back().insert(value.get_ref<const std::string &>()).second)
      repeated = value.get_ref<const std::string &>();
    return true;
  };
  Json ignored = Json::parse(text.begin(), text.end(), watch);
  return repeated;
}

// A repeated key would silently drop a token: an object then has fewer members than keys were read.
Status TokenizerReader::parse(std::string_view text, Json &root) const {
  std::vector<size_t> keys;
  bool isRepeated = false;
  auto count = [&](int, Json::parse_event_t event, Json &value) {
    if (event == Json::parse_event_t::object_start) {
      keys.push_back(0);
    } else if (event == Json::parse_event_t::key) {
      ++keys.back();
    } else if (event == Json::parse_event_t::object_end) {
      isRepeated |= value.size() != keys.back();
      keys.pop_back();
    }
    return true;
  };
  try {
    root = Json::parse(text.begin(), text.end(), count);
    if (isRepeated)
      return malformed("has the key " + shown(repeatedKey(text)) + " twice in one object");
  } catch (const Json::parse_error &error) {
    return malformed("is not valid JSON at byte " + std::to_string(error.byte));
  } catch (const Json::exception &) {
    return malformed("is not valid JSON: a number is too large");
  }
  return Status();
}

Status TokenizerReader::readNormalizer(const Json *normalizer) const {
  if (!normalizer)
    return Status();
  const Json *parts = normalizer->is_object() ? find(*normalizer, "normalizers") : nullptr;
  if (typeOf(*normalizer) != "Sequence" || !parts || !parts->is_array())
    return unsupported("has a normalizer of type " + shown(typeOf(*normalizer)) + ", wanted none");
  if (!parts->empty())
    return unsupported("has a normalizer of type " + shown(typeOf((*parts)[0])) + ", wanted none");
  return Status();
}

} // namespace v4rt::text

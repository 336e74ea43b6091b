// The pre-tokenizer of a tokenizer.json: splits, and then the step to bytes.
#include "runtime/text/TokenizerReader.h"

namespace v4rt::text {

Status TokenizerReader::readPretokenizer(const Json *root) {
  if (!root)
    return unsupported("has no pre-tokenizer, wanted ByteLevel or a sequence that ends with it");
  std::vector<const Json *> parts{root};
  if (typeOf(*root) == "Sequence") {
    const Json *list = find(*root, "pretokenizers");
    if (!list || !list->is_array())
      return malformed("has a pre-tokenizer sequence without the array 'pretokenizers'");
    parts.clear();
    for (const Json &part : *list)
      parts.push_back(&part);
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    std::string type = typeOf(*parts[i]);
    bool last = i + 1 == parts.size();
    if (type != (last ? "ByteLevel" : "Split"))
      return unsupported("has " + shown(type) + " as pre-tokenizer " + std::to_string(i + 1) + " of " +
                         std::to_string(parts.size()) + ", wanted " + (last ? "ByteLevel" : "Split"));
    if (!last) {
      V4_TRY(readSplit(*parts[i]));
      continue;
    }
    // Both are true when absent.
    for (const char *option : {"add_prefix_space", "use_regex"})
      if (!find(*parts[i], option) || isTrue(*parts[i], option))
        return unsupported(std::string("has a ByteLevel pre-tokenizer whose '") + option + "' is not false");
  }
  return parts.empty() ? unsupported("has an empty pre-tokenizer sequence, wanted ByteLevel at its end")
                       : Status();
}

Status TokenizerReader::readSplit(const Json &split) {
  const Json *behavior = find(split, "behavior"), *pattern = find(split, "pattern");
  if (!behavior || *behavior != "Isolated")
    return unsupported("has a Split pre-tokenizer whose behavior is not 'Isolated'");
  if (isTrue(split, "invert"))
    return unsupported("has a Split pre-tokenizer that is inverted");
  const Json *regex = pattern && pattern->is_object() ? find(*pattern, "Regex") : nullptr;
  const Json *literal = pattern && pattern->is_object() ? find(*pattern, "String") : nullptr;
  const Json *text = regex ? regex : literal;
  if (!text || !text->is_string())
    return malformed("has a Split pre-tokenizer with neither a 'Regex' nor a 'String'");
  Status added = tokenizer.pretokenizer.add(text->get_ref<const std::string &>(),
                                            regex ? Pretokenizer::Kind::regex : Pretokenizer::Kind::literal);
  return added.ok() ? added : Status(added.code(), name + ": " + added.text());
}

} // namespace v4rt::text

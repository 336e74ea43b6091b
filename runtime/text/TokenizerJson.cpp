// Reads a tokenizer.json. Nothing in it is trusted, and what would change ids if it were ignored is refused.
#include "runtime/text/Tokenizer.h"
#include "runtime/text/Utf8.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <unordered_map>

namespace v4rt::text {

using Json = nlohmann::json;

// Far above any vocabulary: keeps a stray id from claiming memory.
static constexpr uint64_t kMostTokens = 1 << 22;

static std::string shown(const std::string &text) { return "'" + printable(text.data(), text.size()) + "'"; }

// A member that is there and not null.
static const Json *find(const Json &object, const char *name) {
  auto member = object.find(name);
  return member == object.end() || member->is_null() ? nullptr : &*member;
}

static std::string typeOf(const Json &object) {
  const Json *type = object.is_object() ? find(object, "type") : nullptr;
  return type && type->is_string() ? type->get_ref<const std::string &>() : std::string();
}

static bool isTrue(const Json &object, const char *name) {
  const Json *member = find(object, name);
  return member && (!member->is_boolean() || member->get<bool>());
}

static bool readId(const Json &value, uint32_t &id) {
  if (!value.is_number_unsigned() || value.get<uint64_t>() >= kMostTokens)
    return false;
  id = value.get<uint32_t>();
  return true;
}

class TokenizerReader {
public:
  TokenizerReader(const std::string &name, Tokenizer &tokenizer) : name(name), tokenizer(tokenizer) {}

  Status run(std::string_view text) {
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
      return unsupported("has a post-processor of type " + shown(typeOf(*post)) +
                         ", wanted ByteLevel or none");
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

private:
  Status malformed(const std::string &what) const {
    return fail(V4_INVALID_ARGUMENT, "%s %s", name.c_str(), what.c_str());
  }
  Status unsupported(const std::string &what) const {
    return fail(V4_UNSUPPORTED, "%s %s", name.c_str(), what.c_str());
  }

  // A repeated key would silently drop a token.
  Status parse(std::string_view text, Json &root) {
    std::vector<std::set<std::string>> keys;
    std::string repeated;
    auto watch = [&](int, Json::parse_event_t event, Json &value) {
      if (event == Json::parse_event_t::object_start)
        keys.emplace_back();
      else if (event == Json::parse_event_t::object_end)
        keys.pop_back();
      else if (event == Json::parse_event_t::key && repeated.empty() &&
               !keys.back().insert(value.get_ref<const std::string &>()).second)
        repeated = shown(value.get_ref<const std::string &>());
      return true;
    };
    try {
      root = Json::parse(text.begin(), text.end(), watch);
    } catch (const Json::parse_error &error) {
      return malformed("is not valid JSON at byte " + std::to_string(error.byte));
    } catch (const Json::exception &) {
      return malformed("is not valid JSON: a number is too large");
    }
    return repeated.empty() ? Status() : malformed("has the key " + repeated + " twice in one object");
  }

  Status readNormalizer(const Json *normalizer) {
    if (!normalizer)
      return Status();
    const Json *parts = normalizer->is_object() ? find(*normalizer, "normalizers") : nullptr;
    if (typeOf(*normalizer) != "Sequence" || !parts || !parts->is_array())
      return unsupported("has a normalizer of type " + shown(typeOf(*normalizer)) + ", wanted none");
    if (!parts->empty())
      return unsupported("has a normalizer of type " + shown(typeOf((*parts)[0])) + ", wanted none");
    return Status();
  }

  Status readPretokenizer(const Json *root) {
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
          return unsupported(std::string("has a ByteLevel pre-tokenizer whose '") + option +
                             "' is not false");
    }
    return parts.empty() ? unsupported("has an empty pre-tokenizer sequence, wanted ByteLevel at its end")
                         : Status();
  }

  Status readSplit(const Json &split) {
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
    Status added =
        tokenizer.pretokenizer.add(text->get_ref<const std::string &>(),
                                   regex ? Pretokenizer::Kind::regex : Pretokenizer::Kind::literal);
    return added.ok() ? added : Status(added.code(), name + ": " + added.text());
  }

  Status readModel(const Json &model) {
    if (typeOf(model) != "BPE")
      return unsupported("has a model of type " + shown(typeOf(model)) + ", wanted BPE");
    for (const char *option : {"dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"})
      if (const Json *value = find(model, option); value && *value != "")
        return unsupported(std::string("has a model with '") + option + "', wanted none");
    for (const char *option : {"fuse_unk", "byte_fallback"})
      if (isTrue(model, option))
        return unsupported(std::string("has a model with '") + option + "', wanted false");
    tokenizer.wholeWords = isTrue(model, "ignore_merges");

    const Json *vocabulary = find(model, "vocab");
    if (!vocabulary || !vocabulary->is_object())
      return malformed("has no object 'vocab' in its model");
    for (auto &[text, value] : vocabulary->items()) {
      uint32_t id = 0;
      if (!readId(value, id))
        return malformed("gives token " + shown(text) + " an id that is no integer from 0 to " +
                         std::to_string(kMostTokens - 1));
      if (tokenizer.contains(id))
        return malformed("gives id " + std::to_string(id) + " to two tokens of the vocabulary, one is " +
                         shown(text));
      Tokenizer::Token &token = slot(id);
      token.kind = Tokenizer::Kind::plain;
      idOf.emplace(text, id);
      // What spells no bytes can only be an added token, or is out of reach.
      if (!spelledBytes(text, token.bytes))
        token.bytes = text;
      else if (tokenizer.wholeWords)
        tokenizer.words.emplace_back(token.bytes, id);
    }
    std::sort(tokenizer.words.begin(), tokenizer.words.end());
    for (unsigned byte = 0; byte < 256; ++byte) {
      auto found = idOf.find(byteSpelling(byte));
      if (found == idOf.end())
        return malformed("has no token for the byte " + std::to_string(byte));
      byteTokens[byte] = found->second;
    }
    return Status();
  }

  Status readAdded(const Json *list) {
    if (!list)
      return Status();
    if (!list->is_array())
      return malformed("has 'added_tokens' that are no array");
    std::set<std::string> texts;
    for (const Json &entry : *list) {
      const Json *content = entry.is_object() ? find(entry, "content") : nullptr;
      const Json *number = entry.is_object() ? find(entry, "id") : nullptr;
      uint32_t id = 0;
      if (!content || !content->is_string() || !number || !readId(*number, id))
        return malformed("has an added token without a text 'content' and an 'id' from 0 to " +
                         std::to_string(kMostTokens - 1));
      const std::string &text = content->get_ref<const std::string &>();
      if (text.empty())
        return malformed("has an added token " + std::to_string(id) + " without any text");
      for (const char *option : {"single_word", "lstrip", "rstrip"})
        if (isTrue(entry, option))
          return unsupported("has the added token " + shown(text) + " with '" + option + "', wanted false");
      if (!texts.insert(text).second)
        return malformed("has the added token " + shown(text) + " twice");
      auto known = idOf.find(text);
      if (known == idOf.end() ? tokenizer.contains(id) : known->second != id)
        return malformed("gives the added token " + shown(text) + " the id " + std::to_string(id) +
                         ", which the vocabulary does not");
      if (tokenizer.contains(id) && tokenizer.isAdded(id))
        return malformed("gives id " + std::to_string(id) + " to two added tokens");
      Tokenizer::Token &token = slot(id);
      token.kind = isTrue(entry, "special") ? Tokenizer::Kind::special : Tokenizer::Kind::added;
      token.bytes = text;
      tokenizer.added[isTrue(entry, "normalized")].add(text, id);
    }
    return Status();
  }

  Status readMerges(const Json &model) {
    const Json *list = find(model, "merges");
    if (!list || !list->is_array())
      return malformed("has no array 'merges' in its model");
    std::vector<Merge> merges;
    std::vector<uint64_t> pairs;
    for (const Json &entry : *list) {
      std::string place = "merge " + std::to_string(merges.size()), left, right;
      if (!splitMerge(entry, left, right))
        return malformed("has a " + place + " that is no pair of tokens");
      Merge merge;
      for (auto [text, id] :
           {std::pair(left, &merge.left), {right, &merge.right}, {left + right, &merge.result}}) {
        auto found = idOf.find(text);
        if (found == idOf.end())
          return malformed("has a " + place + " with " + shown(text) + ", which is not in the vocabulary");
        *id = found->second;
      }
      // Else text from outside could become a control token though those are not looked for.
      if (tokenizer.isAdded(merge.result))
        return unsupported("has a " + place + " that makes the added token " + shown(left + right));
      merges.push_back(merge);
      pairs.push_back(uint64_t(merge.left) << 32 | merge.right);
    }
    std::sort(pairs.begin(), pairs.end());
    if (auto twice = std::adjacent_find(pairs.begin(), pairs.end()); twice != pairs.end())
      return malformed("merges " + shown(tokenizer.bytes(*twice >> 32)) + " and " +
                       shown(tokenizer.bytes(uint32_t(*twice))) + " twice");
    for (uint32_t id : byteTokens)
      if (tokenizer.isAdded(id))
        return unsupported("has the added token " + shown(tokenizer.bytes(id)) + ", which is a single byte");
    tokenizer.bpe.build(byteTokens, merges);
    return Status();
  }

  // ["a", "b"], or "a b" in older files.
  static bool splitMerge(const Json &entry, std::string &left, std::string &right) {
    if (entry.is_string()) {
      const std::string &text = entry.get_ref<const std::string &>();
      size_t space = text.find(' ');
      if (space == text.npos || text.find(' ', space + 1) != text.npos)
        return false;
      left = text.substr(0, space);
      right = text.substr(space + 1);
    } else {
      if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() || !entry[1].is_string())
        return false;
      left = entry[0].get<std::string>();
      right = entry[1].get<std::string>();
    }
    return !left.empty() && !right.empty();
  }

  Tokenizer::Token &slot(uint32_t id) {
    if (id >= tokenizer.tokens.size())
      tokenizer.tokens.resize(id + 1);
    return tokenizer.tokens[id];
  }

  const std::string &name;
  Tokenizer &tokenizer;
  std::unordered_map<std::string, uint32_t> idOf;
  std::array<uint32_t, 256> byteTokens{};
};

Status Tokenizer::parse(std::string_view json, const std::string &name,
                        std::unique_ptr<Tokenizer> &tokenizer) {
  auto made = std::make_unique<Tokenizer>();
  V4_TRY(TokenizerReader(name, *made).run(json));
  tokenizer = std::move(made);
  return Status();
}

} // namespace v4rt::text

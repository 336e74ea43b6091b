// The tokens of a tokenizer.json, its vocabulary's and the added ones, and the merges.
#include "runtime/text/TokenizerReader.h"
#include "runtime/text/Utf8.h"

#include <algorithm>

namespace v4rt::text {

Tokenizer::Token &TokenizerReader::slot(uint32_t id) {
  if (id >= tokenizer.tokens.size())
    tokenizer.tokens.resize(id + 1);
  return tokenizer.tokens[id];
}

bool TokenizerReader::readId(const Json &value, uint32_t &id) {
  if (!value.is_number_unsigned() || value.get<uint64_t>() >= kMostTokens)
    return false;
  id = value.get<uint32_t>();
  return true;
}

Status TokenizerReader::readModel(const Json &model) {
  if (typeOf(model) != "BPE")
    return unsupported("has a model of type " + shown(typeOf(model)) + ", wanted BPE");
  for (const char *option : {"dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"})
    if (const Json *value = find(model, option); value && *value != "")
      return unsupported(std::string("has a model with '") + option + "', wanted none");
  for (const char *option : {"fuse_unk", "byte_fallback"})
    if (isTrue(model, option))
      return unsupported(std::string("has a model with '") + option + "', wanted false");
  tokenizer.wholeWords = isTrue(model, "ignore_merges");
  return readVocabulary(model);
}

Status TokenizerReader::readVocabulary(const Json &model) {
  const Json *vocabulary = find(model, "vocab");
  if (!vocabulary || !vocabulary->is_object())
    return malformed("has no object 'vocab' in its model");
  idOf.reserve(vocabulary->size());
  for (auto &[text, value] : vocabulary->get_ref<const Json::object_t &>()) {
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

Status TokenizerReader::readAdded(const Json *list) {
  if (!list)
    return Status();
  if (!list->is_array())
    return malformed("has 'added_tokens' that are no array");
  for (const Json &entry : *list)
    V4_TRY(readAddedToken(entry));
  return Status();
}

Status TokenizerReader::readAddedToken(const Json &entry) {
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
  if (tokenizer.addedToken(text))
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
  return Status();
}

Status TokenizerReader::readMerges(const Json &model) {
  const Json *list = find(model, "merges");
  if (!list || !list->is_array())
    return malformed("has no array 'merges' in its model");
  std::vector<Merge> merges(list->size());
  for (size_t rank = 0; rank < merges.size(); ++rank)
    V4_TRY(readMerge((*list)[rank], rank, merges[rank]));
  for (uint32_t id : byteTokens)
    if (tokenizer.isAdded(id))
      return unsupported("has the added token " + shown(tokenizer.bytes(id)) + ", which is a single byte");
  if (const Merge *twice = tokenizer.bpe.build(byteTokens, merges))
    return malformed("merges " + shown(tokenizer.bytes(twice->left)) + " and " +
                     shown(tokenizer.bytes(twice->right)) + " twice");
  return Status();
}

// ["a", "b"], or "a b" in older files.
static bool splitMerge(const nlohmann::json &entry, std::string &left, std::string &right) {
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

Status TokenizerReader::readMerge(const Json &entry, size_t rank, Merge &merge) const {
  std::string place = "has a merge " + std::to_string(rank), left, right;
  if (!splitMerge(entry, left, right))
    return malformed(place + " that is no pair of tokens");
  std::string result = left + right;
  for (auto [text, id] : {std::pair(&left, &merge.left), {&right, &merge.right}, {&result, &merge.result}}) {
    auto found = idOf.find(*text);
    if (found == idOf.end())
      return malformed(place + " with " + shown(*text) + ", which is not in the vocabulary");
    *id = found->second;
  }
  // Else text from outside could become a control token though those are not looked for.
  if (tokenizer.isAdded(merge.result))
    return unsupported(place + " that makes the added token " + shown(result));
  return Status();
}

} // namespace v4rt::text

// Reads a tokenizer.json part by part. Nothing in it is trusted, and what would change ids if it were ignored
// is refused.
#pragma once

#include "runtime/text/Tokenizer.h"

#include <nlohmann/json.hpp>

#include <unordered_map>

namespace v4rt::text {

class TokenizerReader {
public:
  /// `name` is for messages.
  TokenizerReader(const std::string &name, Tokenizer &tokenizer) : name(name), tokenizer(tokenizer) {}

  Status run(std::string_view text);

private:
  using Json = nlohmann::json;

  static constexpr uint64_t kMostTokens = Tokenizer::kMostTokens;

  Status malformed(const std::string &what) const;
  Status unsupported(const std::string &what) const;

  Status parse(std::string_view text, Json &root) const;
  Status readNormalizer(const Json *normalizer) const;
  Status readPretokenizer(const Json *root);
  Status readSplit(const Json &split);
  Status readModel(const Json &model);
  Status readVocabulary(const Json &model);
  Status readAdded(const Json *list);
  Status readAddedToken(const Json &entry);
  Status readMerges(const Json &model);
  Status readMerge(const Json &entry, size_t rank, Merge &merge) const;

  static std::string shown(const std::string &text);
  static const Json *find(const Json &object, const char *name);
  static std::string typeOf(const Json &object);
  static bool isTrue(const Json &object, const char *name);
  static bool readId(const Json &value, uint32_t &id);

  Tokenizer::Token &slot(uint32_t id);

  const std::string &name;
  Tokenizer &tokenizer;
  std::unordered_map<std::string_view, uint32_t> idOf; // into the file's JSON
  std::array<uint32_t, 256> byteTokens{};
};

} // namespace v4rt::text

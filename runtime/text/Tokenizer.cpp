#include "runtime/text/Tokenizer.h"

#include "runtime/MappedFile.h"

namespace v4rt::text {

Status Tokenizer::load(const std::string &path, std::unique_ptr<Tokenizer> &tokenizer) {
  MappedFile file;
  V4_TRY(file.open(path));
  return parse({reinterpret_cast<const char *>(file.data()), file.size()}, path, tokenizer);
}

std::optional<uint32_t> Tokenizer::addedToken(std::string_view text) const {
  for (const TokenTrie &trie : added) {
    TokenTrie::Match match = trie.find(text, 0);
    if (match.bytes && match.bytes == text.size())
      return match.id;
  }
  return std::nullopt;
}

} // namespace v4rt::text

#include "runtime/text/Tokenizer.h"
#include "runtime/text/Utf8.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>

namespace v4rt::text {

// Words repeat: most are found here and never reach BPE. One slot a hash, the newer word stays.
struct Encoder::Slot {
  static constexpr size_t kBytes = 30, kIds = 8;

  uint8_t bytes = 0, count = 0;
  char word[kBytes];
  uint32_t ids[kIds];
};

static constexpr size_t kSlots = 1 << 16; // 4 MiB

Encoder::Encoder(const Tokenizer &tokenizer)
    : tokenizer(tokenizer), matcher(tokenizer.pretokenizer), cache(kSlots) {}

Encoder::~Encoder() = default;

Status Encoder::encode(std::string_view text, std::vector<uint32_t> &ids, AddedTokens added) {
  if (text.size() >= UINT32_MAX)
    return fail(V4_UNSUPPORTED, "the text has 4 GiB or more, which cannot be encoded at once");
  out = &ids;
  return added == AddedTokens::match ? encodeBetween(0, text) : encodePlain(text);
}

Status Encoder::encodeBetween(size_t trie, std::string_view text) {
  if (trie == std::size(tokenizer.added))
    return encodePlain(text);
  for (size_t from = 0; from < text.size();) {
    TokenTrie::Match match = tokenizer.added[trie].find(text, from);
    size_t end = match.bytes ? match.begin : text.size();
    if (end > from)
      V4_TRY(encodeBetween(trie + 1, text.substr(from, end - from)));
    if (match.bytes)
      out->push_back(match.id);
    from = end + match.bytes;
  }
  return Status();
}

Status Encoder::encodePlain(std::string_view text) {
  while (!text.empty()) {
    size_t valid = utf8Prefix(text);
    if (valid)
      V4_TRY(tokenizer.pretokenizer.split(text.substr(0, valid), matcher, *this));
    text.remove_prefix(valid);
    // Up to the next character that can be read, each byte is a word.
    while (!text.empty() && !utf8Sequence(text)) {
      encodeWord(text.substr(0, 1));
      text.remove_prefix(1);
    }
  }
  return Status();
}

void Encoder::word(std::string_view word) {
  if (word.size() > Slot::kBytes)
    return encodeWord(word);
  Slot &slot = cache[XXH3_64bits(word.data(), word.size()) & (kSlots - 1)];
  if (slot.bytes == word.size() && !memcmp(slot.word, word.data(), word.size())) {
    out->insert(out->end(), slot.ids, slot.ids + slot.count);
    return;
  }
  size_t before = out->size();
  encodeWord(word);
  size_t count = out->size() - before;
  if (count > Slot::kIds)
    return;
  slot.bytes = word.size();
  slot.count = count;
  memcpy(slot.word, word.data(), word.size());
  std::copy_n(out->data() + before, count, slot.ids);
}

void Encoder::encodeWord(std::string_view word) {
  if (tokenizer.wholeWords) {
    auto found = std::lower_bound(tokenizer.words.begin(), tokenizer.words.end(), word,
                                  [](const auto &entry, std::string_view key) { return entry.first < key; });
    if (found != tokenizer.words.end() && found->first == word) {
      out->push_back(found->second);
      return;
    }
  }
  tokenizer.bpe.encode(word, scratch, *out);
}

} // namespace v4rt::text

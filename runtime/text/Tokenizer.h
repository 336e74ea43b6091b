// A tokenizer.json: byte-level BPE behind a pre-tokenizer, and added tokens (control tokens among them),
// which are found in the text before anything else.
//
// Text is bytes. What is not well-formed UTF-8 is encoded byte by byte, so that decoding always gives back
// the very bytes that were encoded.
#pragma once

#include "runtime/text/Bpe.h"
#include "runtime/text/Pretokenizer.h"
#include "runtime/text/TokenTrie.h"

#include <optional>

namespace v4rt::text {

class Tokenizer {
public:
  /// Reads and checks a tokenizer.json. On failure the text names `path`.
  static Status load(const std::string &path, std::unique_ptr<Tokenizer> &tokenizer);
  /// The same for a file already in memory; `name` is for messages.
  static Status parse(std::string_view json, const std::string &name, std::unique_ptr<Tokenizer> &tokenizer);
  /// The same from tables that tables() made (format/tokenizer.fbs), without parsing. They are checked, too.
  static Status fromTables(const uint8_t *data, size_t size, const std::string &name,
                           std::unique_ptr<Tokenizer> &tokenizer);
  std::string tables() const;

  // Far above any vocabulary: keeps a stray id from claiming memory.
  static constexpr uint64_t kMostTokens = 1 << 22;

  /// Every id is below this; not every number below it need be one.
  uint32_t idLimit() const { return static_cast<uint32_t>(tokens.size()); }
  bool contains(uint64_t id) const { return id < tokens.size() && tokens[id].kind != Kind::none; }
  /// What the token stands for. `id` is contained.
  const std::string &bytes(uint32_t id) const { return tokens[id].bytes; }
  /// One of the added tokens: <think> and its like.
  bool isAdded(uint32_t id) const { return tokens[id].kind >= Kind::added; }
  /// Added and marked special in the file: left out of text that is shown.
  bool isSpecial(uint32_t id) const { return tokens[id].kind == Kind::special; }
  /// The added token of exactly this text.
  std::optional<uint32_t> addedToken(std::string_view text) const;

  enum class Special { keep, skip };
  /// Appends the text of `ids`; fails on an id that is none.
  Status decode(const std::vector<uint64_t> &ids, std::string &text, Special special = Special::keep) const;

private:
  friend class Encoder;
  friend class TokenizerReader;
  friend class TokenizerTables;
  enum class Kind : uint8_t { none, plain, added, special };
  struct Token {
    std::string bytes;
    Kind kind = Kind::none;
  };

  std::vector<Token> tokens;
  Bpe bpe;
  Pretokenizer pretokenizer;
  // Tokens with `normalized` set are looked for in what the others leave.
  TokenTrie added[2];
  bool wholeWords = false; // "ignore_merges": a word that is a token is that token
  std::vector<std::pair<std::string, uint32_t>> words; // sorted; only for wholeWords
};

/// Whether text such as "<think>" becomes that token: no for text from outside, which could otherwise forge
/// the turns of a conversation.
enum class AddedTokens { match, ignore };

/// Encodes with a tokenizer, which it refers to. Holds caches: one for each thread.
class Encoder final : Pretokenizer::Sink {
public:
  explicit Encoder(const Tokenizer &tokenizer);
  ~Encoder();

  /// Appends the ids of `text`. Each call stands for itself.
  Status encode(std::string_view text, std::vector<uint32_t> &ids, AddedTokens added = AddedTokens::match);

private:
  struct Slot;

  void word(std::string_view word) override;
  Status encodeBetween(size_t trie, std::string_view text);
  Status encodePlain(std::string_view text);
  void encodeWord(std::string_view word);

  const Tokenizer &tokenizer;
  Pretokenizer::Matcher matcher;
  Bpe::Scratch scratch;
  std::vector<Slot> cache;
  std::vector<uint32_t> *out = nullptr;
};

/// Decodes token by token and never ends in the middle of a character.
class StreamingDecoder {
public:
  explicit StreamingDecoder(const Tokenizer &tokenizer, Tokenizer::Special special = Tokenizer::Special::keep)
      : tokenizer(tokenizer), special(special) {}

  /// Appends to `text` what is complete with this token. Bytes that no continuation could make a character
  /// are passed on as they are.
  Status push(uint64_t id, std::string &text);
  /// Appends what is left: the beginning of a character, or nothing.
  void flush(std::string &text);

private:
  const Tokenizer &tokenizer;
  Tokenizer::Special special;
  std::string held; // at most 3 bytes between calls
};

} // namespace v4rt::text

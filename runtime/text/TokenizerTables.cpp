// A tokenizer as the tables of an artifact. They are not trusted either: what they say is checked as what a
// tokenizer.json says is.
#include "runtime/format/tokenizer_generated.h"
#include "runtime/text/Tokenizer.h"

#include <algorithm>

namespace v4rt::text {

using format::TokenKind;

class TokenizerTables {
public:
  static std::string write(const Tokenizer &tokenizer);

  TokenizerTables(const std::string &name, const format::TokenTables &tables, Tokenizer &tokenizer)
      : name(name), tables(tables), tokenizer(tokenizer) {}

  Status read();

private:
  static TokenKind kindOf(const Tokenizer &tokenizer, uint32_t id);

  Status damaged(const char *what) const {
    return fail(V4_BAD_ARTIFACT, "%s is damaged: %s", name.c_str(), what);
  }
  bool isPlain(uint32_t id) const { return tokenizer.contains(id) && !tokenizer.isAdded(id); }

  Status readTokens();
  Status readMerges();
  Status readSplits();
  Status readWords();

  const std::string &name;
  const format::TokenTables &tables;
  Tokenizer &tokenizer;
};

TokenKind TokenizerTables::kindOf(const Tokenizer &tokenizer, uint32_t id) {
  if (!tokenizer.contains(id))
    return TokenKind::none;
  if (!tokenizer.isAdded(id))
    return TokenKind::plain;
  const std::string &text = tokenizer.bytes(id);
  if (tokenizer.added[1].find(text, 0).bytes == text.size())
    return tokenizer.isSpecial(id) ? TokenKind::special_normalized : TokenKind::added_normalized;
  return tokenizer.isSpecial(id) ? TokenKind::special : TokenKind::added;
}

std::string TokenizerTables::write(const Tokenizer &tokenizer) {
  format::TokenTablesT tables;
  for (uint32_t id = 0; id < tokenizer.idLimit(); ++id) {
    const std::string &bytes = tokenizer.bytes(id);
    tables.bytes.insert(tables.bytes.end(), bytes.begin(), bytes.end());
    tables.ends.push_back(tables.bytes.size());
    tables.kinds.push_back(kindOf(tokenizer, id));
  }
  const std::array<uint32_t, 256> &byteTokens = tokenizer.bpe.tokensOfBytes();
  tables.byte_tokens.assign(byteTokens.begin(), byteTokens.end());
  // Tokens that spell no bytes cannot be reached, nor can merges with them.
  for (const Merge &merge : tokenizer.bpe.merges())
    if (tokenizer.bytes(merge.left) + tokenizer.bytes(merge.right) == tokenizer.bytes(merge.result))
      tables.merges.emplace_back(merge.left, merge.right, merge.result);
  for (const auto &[pattern, kind] : tokenizer.pretokenizer.sources()) {
    auto split = std::make_unique<format::TokenSplitT>();
    split->pattern = pattern;
    split->literal = kind == Pretokenizer::Kind::literal;
    tables.splits.push_back(std::move(split));
  }
  tables.whole_words = tokenizer.wholeWords;
  for (const auto &[text, id] : tokenizer.words) {
    auto word = std::make_unique<format::TokenWordT>();
    word->text.assign(text.begin(), text.end());
    word->id = id;
    tables.words.push_back(std::move(word));
  }
  flatbuffers::FlatBufferBuilder builder(tables.bytes.size() * 4);
  format::FinishTokenTablesBuffer(builder, format::TokenTables::Pack(builder, &tables));
  return std::string(reinterpret_cast<const char *>(builder.GetBufferPointer()), builder.GetSize());
}

Status TokenizerTables::read() {
  if (!tables.bytes() || !tables.ends() || !tables.kinds() || !tables.byte_tokens() || !tables.merges() ||
      !tables.splits() || !tables.words())
    return damaged("a table is missing");
  V4_TRY(readTokens());
  V4_TRY(readMerges());
  V4_TRY(readSplits());
  return readWords();
}

Status TokenizerTables::readTokens() {
  const auto &ends = *tables.ends();
  const auto &kinds = *tables.kinds();
  if (ends.size() != kinds.size() || ends.size() > Tokenizer::kMostTokens)
    return damaged("its numbers of tokens and of their kinds are not sound");
  const char *bytes = reinterpret_cast<const char *>(tables.bytes()->data());
  tokenizer.tokens.resize(ends.size());
  uint32_t begin = 0;
  for (uint32_t id = 0; id < ends.size(); ++id) {
    uint32_t end = ends[id];
    auto kind = TokenKind(kinds[id]);
    if (end < begin || end > tables.bytes()->size())
      return damaged("the bytes of a token lie outside of all bytes");
    if (kind < TokenKind::MIN || kind > TokenKind::MAX)
      return damaged("a token is of no kind");
    Tokenizer::Token &token = tokenizer.tokens[id];
    token.bytes.assign(bytes + begin, end - begin);
    begin = end;
    if (kind == TokenKind::none)
      continue;
    if (kind == TokenKind::plain) {
      token.kind = Tokenizer::Kind::plain;
      continue;
    }
    if (token.bytes.empty() || tokenizer.addedToken(token.bytes))
      return damaged("an added token has no text, or that of another one");
    bool special = kind == TokenKind::special || kind == TokenKind::special_normalized;
    token.kind = special ? Tokenizer::Kind::special : Tokenizer::Kind::added;
    tokenizer.added[kind >= TokenKind::added_normalized].add(token.bytes, id);
  }
  return {};
}

Status TokenizerTables::readMerges() {
  if (tables.byte_tokens()->size() != 256)
    return damaged("it has not a token for each byte");
  std::array<uint32_t, 256> byteTokens;
  for (unsigned byte = 0; byte < 256; ++byte) {
    uint32_t id = byteTokens[byte] = (*tables.byte_tokens())[byte];
    if (!isPlain(id) || tokenizer.bytes(id) != std::string(1, char(byte)))
      return damaged("the token of a byte is another one");
  }
  std::vector<Merge> merges;
  merges.reserve(tables.merges()->size());
  for (const format::TokenMerge *merge : *tables.merges()) {
    for (uint32_t id : {merge->left(), merge->right(), merge->result()})
      if (!isPlain(id))
        return damaged("a merge has an id that is no plain token");
    std::string_view result = tokenizer.bytes(merge->result()), left = tokenizer.bytes(merge->left());
    if (result.substr(0, left.size()) != left ||
        result.substr(std::min(left.size(), result.size())) != tokenizer.bytes(merge->right()))
      return damaged("a merge makes a token of other bytes");
    merges.push_back({merge->left(), merge->right(), merge->result()});
  }
  return tokenizer.bpe.build(byteTokens, merges) ? damaged("it has a merge twice") : Status();
}

Status TokenizerTables::readSplits() {
  for (const format::TokenSplit *split : *tables.splits()) {
    if (!split->pattern())
      return damaged("a split has no pattern");
    V4_TRY(tokenizer.pretokenizer.add(split->pattern()->string_view(), split->literal()
                                                                           ? Pretokenizer::Kind::literal
                                                                           : Pretokenizer::Kind::regex));
  }
  return {};
}

Status TokenizerTables::readWords() {
  tokenizer.wholeWords = tables.whole_words();
  for (const format::TokenWord *word : *tables.words()) {
    if (!word->text() || !tokenizer.contains(word->id()))
      return damaged("a whole word has no text or no token");
    tokenizer.words.emplace_back(
        std::string(reinterpret_cast<const char *>(word->text()->data()), word->text()->size()), word->id());
  }
  return std::is_sorted(tokenizer.words.begin(), tokenizer.words.end())
             ? Status()
             : damaged("its whole words do not ascend");
}

std::string Tokenizer::tables() const { return TokenizerTables::write(*this); }

Status Tokenizer::fromTables(const uint8_t *data, size_t size, const std::string &name,
                             std::unique_ptr<Tokenizer> &tokenizer) {
  flatbuffers::Verifier::Options options;
  options.max_tables = kMostTokens + 64; // a whole word each
  flatbuffers::Verifier verifier(data, size, options);
  if (!format::VerifyTokenTablesBuffer(verifier))
    return fail(V4_BAD_ARTIFACT, "%s is damaged: it is no FlatBuffer of token tables", name.c_str());
  auto made = std::make_unique<Tokenizer>();
  V4_TRY(TokenizerTables(name, *format::GetTokenTables(data), *made).read());
  tokenizer = std::move(made);
  return {};
}

} // namespace v4rt::text

// A tokenizer goes through the tables of an artifact unchanged, and tables that are not sound are refused.
#include "runtime/format/tokenizer_generated.h"
#include "runtime/text/Tokenizer.h"
#include "test/Text/SmallTokenizer.h"

#include <gtest/gtest.h>

using namespace v4rt::text;
using v4rt::format::TokenKind;
using v4rt::format::TokenTablesT;

namespace {

std::unique_ptr<Tokenizer> parsed(const nlohmann::json &json) {
  std::unique_ptr<Tokenizer> tokenizer;
  v4rt::Status status = Tokenizer::parse(json.dump(), "t.json", tokenizer);
  EXPECT_TRUE(status.ok()) << status.text();
  return tokenizer;
}

std::unique_ptr<Tokenizer> fromTables(const std::string &tables, std::string &error) {
  std::unique_ptr<Tokenizer> tokenizer;
  v4rt::Status status = Tokenizer::fromTables(reinterpret_cast<const uint8_t *>(tables.data()), tables.size(),
                                              "t.v4", tokenizer);
  EXPECT_EQ(status.ok(), tokenizer != nullptr);
  error = status.text();
  return tokenizer;
}

std::vector<uint32_t> encoded(const Tokenizer &tokenizer, std::string_view text) {
  std::vector<uint32_t> ids;
  EXPECT_TRUE(Encoder(tokenizer).encode(text, ids).ok());
  return ids;
}

/// The small tokenizer's tables with one change.
std::string refused(const std::function<void(TokenTablesT &)> &change) {
  std::string tables = parsed(v4test::smallTokenizer())->tables(), error;
  std::unique_ptr<TokenTablesT> changed = v4rt::format::UnPackTokenTables(tables.data());
  change(*changed);
  flatbuffers::FlatBufferBuilder builder;
  v4rt::format::FinishTokenTablesBuffer(builder, v4rt::format::TokenTables::Pack(builder, changed.get()));
  EXPECT_EQ(
      fromTables({reinterpret_cast<const char *>(builder.GetBufferPointer()), builder.GetSize()}, error),
      nullptr);
  return error;
}

TEST(TokenizerTables, NothingIsLost) {
  nlohmann::json file = v4test::smallTokenizer();
  file["added_tokens"].push_back({{"id", 301}, {"content", "<y>"}, {"normalized", true}});
  nlohmann::json &splits = file["pre_tokenizer"]["pretokenizers"];
  nlohmann::json literal = {{"type", "Split"}, {"pattern", {{"String", "+"}}}, {"behavior", "Isolated"}};
  splits.insert(splits.begin(), literal);
  for (bool wholeWords : {false, true}) {
    file["model"]["ignore_merges"] = wholeWords;
    std::unique_ptr<Tokenizer> tokenizer = parsed(file);
    std::string error, tables = tokenizer->tables();
    std::unique_ptr<Tokenizer> again = fromTables(tables, error);
    ASSERT_TRUE(again) << error;
    EXPECT_EQ(again->tables(), tables);
    ASSERT_EQ(again->idLimit(), tokenizer->idLimit());
    for (uint32_t id = 0; id < again->idLimit(); ++id) {
      EXPECT_EQ(again->contains(id), tokenizer->contains(id));
      EXPECT_EQ(again->bytes(id), tokenizer->bytes(id));
      EXPECT_EQ(again->isAdded(id), tokenizer->isAdded(id));
      EXPECT_EQ(again->isSpecial(id), tokenizer->isSpecial(id));
    }
    for (const char *text : {"ab<x>a+b<y> ab\n", "aab\xff", ""})
      EXPECT_EQ(encoded(*again, text), encoded(*tokenizer, text));
  }
}

TEST(TokenizerTables, UnsoundOnesAreRefused) {
  std::string error;
  EXPECT_FALSE(fromTables("no tables at all", error));
  EXPECT_EQ(error, "t.v4 is damaged: it is no FlatBuffer of token tables");
  auto damaged = [](const char *what) { return std::string("t.v4 is damaged: ") + what; };
  EXPECT_EQ(refused([](TokenTablesT &t) { t.kinds.pop_back(); }),
            damaged("its numbers of tokens and of their kinds are not sound"));
  EXPECT_EQ(refused([](TokenTablesT &t) { t.ends.back() += 1; }),
            damaged("the bytes of a token lie outside of all bytes"));
  EXPECT_EQ(refused([](TokenTablesT &t) { t.ends[3] = 0; }),
            damaged("the bytes of a token lie outside of all bytes"));
  EXPECT_EQ(refused([](TokenTablesT &t) { t.kinds[7] = TokenKind(6); }), damaged("a token is of no kind"));
  EXPECT_EQ(refused([](TokenTablesT &t) { t.kinds[299] = TokenKind::added; }),
            damaged("an added token has no text, or that of another one"));
  EXPECT_EQ(refused([](TokenTablesT &t) { t.byte_tokens.pop_back(); }),
            damaged("it has not a token for each byte"));
  EXPECT_EQ(refused([](TokenTablesT &t) { t.byte_tokens[5] = 6; }),
            damaged("the token of a byte is another one"));
  EXPECT_EQ(refused([](TokenTablesT &t) { t.byte_tokens[5] = 1u << 31; }),
            damaged("the token of a byte is another one"));
  for (uint32_t id : {300u, 299u, ~0u})
    EXPECT_EQ(refused([id](TokenTablesT &t) { t.merges.emplace_back('a', 'b', id); }),
              damaged("a merge has an id that is no plain token"));
  EXPECT_EQ(refused([](TokenTablesT &t) { t.merges.emplace_back('b', 'a', 256); }),
            damaged("a merge makes a token of other bytes"));
  EXPECT_EQ(refused([](TokenTablesT &t) { t.merges.push_back(t.merges.front()); }),
            damaged("it has a merge twice"));
  EXPECT_EQ(refused([](TokenTablesT &t) { t.splits[0]->pattern = "("; }).find("split pattern '('"), 0u);
  auto word = [](TokenTablesT &t, const char *text, uint32_t id) {
    t.words.push_back(std::make_unique<v4rt::format::TokenWordT>());
    t.words.back()->text.assign(text, text + strlen(text));
    t.words.back()->id = id;
  };
  EXPECT_EQ(refused([&](TokenTablesT &t) { word(t, "a", 999); }),
            damaged("a whole word has no text or no token"));
  EXPECT_EQ(refused([&](TokenTablesT &t) { word(t, "b", 'b'), word(t, "a", 'a'); }),
            damaged("its whole words do not ascend"));
}

} // namespace

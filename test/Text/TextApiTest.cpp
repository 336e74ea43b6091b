// The tokenizer of an artifact through v4.h.
#include "runtime/include/v4.hpp"
#include "test/Runtime/ToyArtifact.h"
#include "test/Support/Scratch.h"

#include <gtest/gtest.h>

namespace v4test {
namespace {

struct TextApi : testing::Test {
  std::string path = scratchFolder("text-api") + "/toy.v4";
  std::unique_ptr<v4::Model> model;
  v4_error error;

  void open(const std::string &tokenizer) {
    ManifestSpec manifest = toyManifest();
    manifest.tokenizer = tokenizer;
    ASSERT_TRUE(writeArtifact(path, manifest).ok());
    model = std::make_unique<v4::Model>(path);
  }
};

TEST_F(TextApi, EncodesAndDecodes) {
  std::string json = readFile(data("tiny-chat-fp8fp4/tokenizer.json"));
  open(json);
  const char *bytes = nullptr;
  size_t size = 0;
  ASSERT_EQ(v4_model_tokenizer_json(model->get(), &bytes, &size, &error), V4_OK);
  EXPECT_EQ(std::string(bytes, size), json);

  v4_tokenizer *tokenizer = nullptr;
  ASSERT_EQ(v4_tokenizer_create(model->get(), &tokenizer, &error), V4_OK) << error.text;
  const int32_t *ids = nullptr;
  std::string text = "Hello<think>";
  ASSERT_EQ(
      v4_tokenizer_encode(tokenizer, text.data(), text.size(), V4_CONTROL_TOKENS_MATCH, &ids, &size, &error),
      V4_OK);
  EXPECT_EQ(std::vector<int32_t>(ids, ids + size), std::vector<int32_t>({3868, 4085}));
  ASSERT_EQ(v4_tokenizer_encode(tokenizer, text.data(), text.size(), V4_CONTROL_TOKENS_AS_TEXT, &ids, &size,
                                &error),
            V4_OK);
  std::vector<int32_t> plain(ids, ids + size);
  EXPECT_GT(plain.size(), 2u);
  ASSERT_EQ(v4_tokenizer_decode(tokenizer, plain.data(), plain.size(), &bytes, &size, &error), V4_OK);
  EXPECT_EQ(std::string(bytes, size), text);

  int32_t bad = -1;
  EXPECT_EQ(v4_tokenizer_decode(tokenizer, &bad, 1, &bytes, &size, &error), V4_INVALID_ARGUMENT);
  EXPECT_EQ(v4_tokenizer_encode(tokenizer, "a", 1, v4_control_tokens(7), &ids, &size, &error),
            V4_INVALID_ARGUMENT);
  v4_tokenizer_close(tokenizer);
}

TEST_F(TextApi, StreamsWholeCharacters) {
  open(readFile(data("tiny-chat-fp8fp4/tokenizer.json")));
  v4_tokenizer *tokenizer = nullptr;
  ASSERT_EQ(v4_tokenizer_create(model->get(), &tokenizer, &error), V4_OK) << error.text;
  model.reset();                         // not needed any more
  std::string text = "\u20ac\U0001f600"; // no tokens of their own
  const int32_t *ids = nullptr;
  size_t count = 0, size = 0;
  ASSERT_EQ(
      v4_tokenizer_encode(tokenizer, text.data(), text.size(), V4_CONTROL_TOKENS_MATCH, &ids, &count, &error),
      V4_OK);
  v4_decoder *decoder = nullptr;
  ASSERT_EQ(v4_decoder_create(tokenizer, &decoder, &error), V4_OK);
  std::string streamed;
  const char *bytes = nullptr;
  for (size_t i = 0; i < count; ++i) {
    ASSERT_EQ(v4_decoder_push(decoder, ids[i], &bytes, &size, &error), V4_OK);
    EXPECT_TRUE(size == 0 || size == 3 || size == 4 || size == 7) << size;
    streamed.append(bytes, size);
  }
  EXPECT_EQ(streamed, text);
  ASSERT_EQ(v4_decoder_finish(decoder, &bytes, &size, &error), V4_OK);
  EXPECT_EQ(size, 0u);
  EXPECT_EQ(v4_decoder_push(decoder, 99999, &bytes, &size, &error), V4_INVALID_ARGUMENT);
  v4_decoder_close(decoder);
  v4_tokenizer_close(tokenizer);
}

TEST_F(TextApi, NoTokenizer) {
  open("");
  const char *json = "";
  size_t bytes = 1;
  ASSERT_EQ(v4_model_tokenizer_json(model->get(), &json, &bytes, &error), V4_OK);
  EXPECT_EQ(json, nullptr);
  EXPECT_EQ(bytes, 0u);
  v4_tokenizer *tokenizer = nullptr;
  EXPECT_EQ(v4_tokenizer_create(model->get(), &tokenizer, &error), V4_UNSUPPORTED);
  EXPECT_NE(std::string(error.text).find("has no tokenizer"), std::string::npos);
  open("{\"model\": 3}");
  EXPECT_NE(v4_tokenizer_create(model->get(), &tokenizer, &error), V4_OK);
  EXPECT_EQ(std::string(error.text).rfind("the tokenizer of the artifact ", 0), 0u) << error.text;
}

} // namespace
} // namespace v4test

// The C API of text: the tokenizer of a model.
#include "runtime/ApiGuard.h"
#include "runtime/ArtifactTokenizer.h"

using v4rt::Status;
using v4rt::api::guarded;
using v4rt::api::missing;
using namespace v4rt::text;

struct v4_tokenizer {
  std::unique_ptr<Tokenizer> tokenizer;
  std::unique_ptr<Encoder> encoder; // with its caches, for the first call of encode
  std::vector<uint32_t> found;
  std::vector<int32_t> ids;
  std::string text;
};

struct v4_decoder {
  StreamingDecoder decoder;
  std::string text;
};

v4_status v4_model_tokenizer_json(const v4_model *model, const char **json, size_t *bytes, v4_error *error) {
  return guarded(error, [&]() -> Status {
    if (!model || !json || !bytes)
      return missing(!model ? "model" : !json ? "json" : "bytes");
    v4rt::Bytes section = model->implementation->artifact().tokenizer();
    *json = reinterpret_cast<const char *>(section.data);
    *bytes = section.size;
    return {};
  });
}

v4_status v4_tokenizer_create(const v4_model *model, v4_tokenizer **out, v4_error *error) {
  if (out)
    *out = nullptr;
  return guarded(error, [&]() -> Status {
    if (!model || !out)
      return missing(model ? "out" : "model");
    auto made = std::make_unique<v4_tokenizer>();
    V4_TRY(v4rt::readTokenizer(model->implementation->artifact(), "the tokenizer of the artifact",
                               made->tokenizer));
    *out = made.release();
    return {};
  });
}

void v4_tokenizer_close(v4_tokenizer *tokenizer) { delete tokenizer; }

v4_status v4_tokenizer_encode(v4_tokenizer *tokenizer, const char *text, size_t bytes,
                              v4_control_tokens control, const int32_t **ids, size_t *count,
                              v4_error *error) {
  return guarded(error, [&]() -> Status {
    if (!tokenizer || (!text && bytes > 0) || !ids || !count)
      return missing(!tokenizer ? "tokenizer" : !ids ? "ids" : !count ? "count" : "text");
    if (control != V4_CONTROL_TOKENS_AS_TEXT && control != V4_CONTROL_TOKENS_MATCH)
      return v4rt::fail(V4_INVALID_ARGUMENT, "control_tokens is %d, wanted 0 or 1", int(control));
    if (!tokenizer->encoder)
      tokenizer->encoder = std::make_unique<Encoder>(*tokenizer->tokenizer);
    tokenizer->found.clear();
    V4_TRY(tokenizer->encoder->encode({text, bytes}, tokenizer->found,
                                      control == V4_CONTROL_TOKENS_MATCH ? AddedTokens::match
                                                                         : AddedTokens::ignore));
    tokenizer->ids.assign(tokenizer->found.begin(), tokenizer->found.end());
    *ids = tokenizer->ids.data();
    *count = tokenizer->ids.size();
    return {};
  });
}

/// Negative ids become ones that no tokenizer has.
static uint64_t tokenId(int32_t id) { return static_cast<uint64_t>(static_cast<int64_t>(id)); }

v4_status v4_tokenizer_decode(v4_tokenizer *tokenizer, const int32_t *ids, size_t count, const char **text,
                              size_t *bytes, v4_error *error) {
  return guarded(error, [&]() -> Status {
    if (!tokenizer || (!ids && count > 0) || !text || !bytes)
      return missing(!tokenizer ? "tokenizer" : !text ? "text" : !bytes ? "bytes" : "ids");
    std::vector<uint64_t> wide;
    for (size_t i = 0; i < count; ++i)
      wide.push_back(tokenId(ids[i]));
    std::string decoded;
    V4_TRY(tokenizer->tokenizer->decode(wide, decoded));
    tokenizer->text = std::move(decoded);
    *text = tokenizer->text.data();
    *bytes = tokenizer->text.size();
    return {};
  });
}

v4_status v4_decoder_create(const v4_tokenizer *tokenizer, v4_decoder **out, v4_error *error) {
  if (out)
    *out = nullptr;
  return guarded(error, [&]() -> Status {
    if (!tokenizer || !out)
      return missing(tokenizer ? "out" : "tokenizer");
    *out = new v4_decoder{StreamingDecoder(*tokenizer->tokenizer), {}};
    return {};
  });
}

void v4_decoder_close(v4_decoder *decoder) { delete decoder; }

v4_status v4_decoder_push(v4_decoder *decoder, int32_t id, const char **text, size_t *bytes,
                          v4_error *error) {
  return guarded(error, [&]() -> Status {
    if (!decoder || !text || !bytes)
      return missing(!decoder ? "decoder" : !text ? "text" : "bytes");
    decoder->text.clear();
    V4_TRY(decoder->decoder.push(tokenId(id), decoder->text));
    *text = decoder->text.data();
    *bytes = decoder->text.size();
    return {};
  });
}

v4_status v4_decoder_finish(v4_decoder *decoder, const char **text, size_t *bytes, v4_error *error) {
  return guarded(error, [&]() -> Status {
    if (!decoder || !text || !bytes)
      return missing(!decoder ? "decoder" : !text ? "text" : "bytes");
    decoder->text.clear();
    decoder->decoder.flush(decoder->text);
    *text = decoder->text.data();
    *bytes = decoder->text.size();
    return {};
  });
}

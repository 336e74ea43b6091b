// The bytes are a tokenizer.json, or changes to a sound one (a JSON merge patch): it is refused with one
// sentence, or texts come back from their ids, behind a way through the tables of an artifact.
#include "runtime/text/Tokenizer.h"
#include "test/Text/SmallTokenizer.h"

#include <algorithm>
#include <cstdlib>

using namespace v4rt::text;

static void require(bool good) {
  if (!good)
    abort();
}

static void check(std::string_view json) {
  std::unique_ptr<Tokenizer> tokenizer;
  v4rt::Status status = Tokenizer::parse(json, "t.json", tokenizer);
  if (!status.ok()) {
    require(!tokenizer && status.text().rfind("t.json", 0) == 0 &&
            status.text().find('\n') == std::string::npos);
    return;
  }
  std::string tables = tokenizer->tables();
  require(Tokenizer::fromTables(reinterpret_cast<const uint8_t *>(tables.data()), tables.size(), "t.v4",
                                tokenizer)
              .ok());
  Encoder encoder(*tokenizer);
  for (std::string_view text : {"ab<x> b  a\n\n12\t", "\xf0\xae\xaf\xb0 \xc3\xa9\xff\xe4\xbd", "<<x>>abab"})
    for (AddedTokens added : {AddedTokens::match, AddedTokens::ignore}) {
      std::vector<uint32_t> ids;
      v4rt::Status encoded = encoder.encode(text, ids, added);
      // A pattern may take too many steps.
      if (!encoded.ok()) {
        require(encoded.code() == V4_UNSUPPORTED);
        continue;
      }
      std::string out;
      require(tokenizer->decode({ids.begin(), ids.end()}, out).ok() && out == text);
    }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view text(reinterpret_cast<const char *>(data), size);
  check(text);
  // Patching is recursive.
  if (std::count_if(text.begin(), text.end(), [](char c) { return c == '{' || c == '['; }) > 200)
    return 0;
  nlohmann::json patch = nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
  if (!patch.is_object())
    return 0;
  static const nlohmann::json sound = v4test::smallTokenizer();
  nlohmann::json patched = sound;
  patched.merge_patch(patch);
  check(patched.dump());
  return 0;
}

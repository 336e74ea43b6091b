// The bytes are text: they come back from their ids, with control tokens looked for and without, whole and
// token by token, where no piece ends inside a character.
#include "runtime/text/Tokenizer.h"
#include "runtime/text/Utf8.h"
#include "test/Support/Scratch.h"

#include <cstdlib>

using namespace v4rt::text;

static void require(bool good) {
  if (!good)
    abort();
}

static const Tokenizer &tokenizer() {
  static const std::unique_ptr<Tokenizer> loaded = [] {
    std::unique_ptr<Tokenizer> made;
    require(Tokenizer::load(v4test::data("tiny-chat-fp8fp4/tokenizer.json"), made).ok());
    return made;
  }();
  return *loaded;
}

// Whether a character begins, or a byte that is of none, at each place of `text`, and at its end.
static std::vector<bool> borders(std::string_view text) {
  std::vector<bool> found(text.size() + 1);
  for (size_t at = 0; at < text.size(); at += std::max<size_t>(utf8Sequence(text.substr(at)), 1))
    found[at] = true;
  found[text.size()] = true;
  return found;
}

static void checkStream(std::string_view text, const std::vector<uint32_t> &ids) {
  std::vector<bool> isBorder = borders(text);
  StreamingDecoder decoder(tokenizer());
  std::string out;
  size_t whole = 0;
  for (uint32_t id : ids) {
    require(decoder.push(id, out).ok());
    whole += tokenizer().bytes(id).size();
    require(out.size() <= whole && whole - out.size() <= 3 && isBorder[out.size()]);
  }
  decoder.flush(out);
  require(out == text);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view text(reinterpret_cast<const char *>(data), size);
  // Kept over the inputs, as its caches may not matter.
  static Encoder encoder(tokenizer());
  for (AddedTokens added : {AddedTokens::match, AddedTokens::ignore}) {
    std::vector<uint32_t> ids;
    require(encoder.encode(text, ids, added).ok());
    std::string out;
    require(tokenizer().decode({ids.begin(), ids.end()}, out).ok() && out == text);
    checkStream(text, ids);
    if (added == AddedTokens::ignore)
      for (uint32_t id : ids)
        require(!tokenizer().isAdded(id));
    if (size && data[0] == 0) { // slow
      std::vector<uint32_t> again;
      require(Encoder(tokenizer()).encode(text, again, added).ok() && again == ids);
    }
  }
  return 0;
}

// The bytes are token tables, or changes to sound ones (place, value): they are refused with one sentence, or
// texts come back from their ids.
#include "runtime/text/Tokenizer.h"
#include "test/Text/SmallTokenizer.h"

#include <cstdlib>
#include <cstring>

using namespace v4rt::text;

static void require(bool good) {
  if (!good)
    abort();
}

static void check(const std::string &tables) {
  // Exactly as long as the tables and aligned as a section is, so that one byte too far is seen.
  void *memory = nullptr;
  if (posix_memalign(&memory, 64, tables.size()) != 0)
    return;
  std::unique_ptr<void, void (*)(void *)> owner(memory, free);
  if (!tables.empty())
    memcpy(memory, tables.data(), tables.size());
  std::unique_ptr<Tokenizer> tokenizer;
  v4rt::Status status =
      Tokenizer::fromTables(static_cast<const uint8_t *>(memory), tables.size(), "t.v4", tokenizer);
  if (!status.ok()) {
    require(!tokenizer && !status.text().empty() && status.text().find('\n') == std::string::npos);
    return;
  }
  Encoder encoder(*tokenizer);
  for (std::string_view text : {"ab<x> b  a\n\n12\t", "\xf0\xae\xaf\xb0 \xff", "<<x>>abab"}) {
    std::vector<uint32_t> ids;
    v4rt::Status encoded = encoder.encode(text, ids);
    if (!encoded.ok()) {
      require(encoded.code() == V4_UNSUPPORTED); // a pattern may take too many steps
      continue;
    }
    std::string out;
    require(tokenizer->decode({ids.begin(), ids.end()}, out).ok());
  }
}

static std::string soundTables() {
  std::unique_ptr<Tokenizer> tokenizer;
  require(Tokenizer::parse(v4test::smallTokenizer().dump(), "t.json", tokenizer).ok());
  return tokenizer->tables();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  check(std::string(reinterpret_cast<const char *>(data), size));
  static const std::string sound = soundTables();
  std::string changed = sound;
  for (size_t i = 0; i + 3 <= size; i += 3)
    changed[(data[i] << 8 | data[i + 1]) % changed.size()] = char(data[i + 2]);
  check(changed);
  return 0;
}

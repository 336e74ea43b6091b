// v4run tokenize: text to token ids, and back.
#include "runtime/text/Tokenizer.h"
#include "tools/v4run/CommandLine.h"
#include "tools/v4run/Commands.h"
#include "tools/v4run/Failure.h"
#include "tools/v4run/InputFile.h"
#include "tools/v4run/TokenizerSource.h"

#include <nlohmann/json.hpp>

#include <chrono>

namespace v4run {

using v4rt::text::Tokenizer;

static std::vector<uint64_t> parseIds(const std::string &text) {
  using nlohmann::json;
  json ids = json::parse(text, nullptr, false);
  if (!ids.is_array())
    throw Failure("the ids to decode are no JSON array");
  std::vector<uint64_t> out;
  for (const json &id : ids) {
    if (!id.is_number_unsigned())
      throw Failure("value " + std::to_string(out.size()) + " of the ids to decode is no token id");
    out.push_back(id.get<uint64_t>());
  }
  return out;
}

static void encode(const Tokenizer &tokenizer, const std::string &text, bool withAdded, bool withTiming) {
  using v4rt::text::AddedTokens;
  using Clock = std::chrono::steady_clock;
  std::vector<uint32_t> ids;
  v4rt::text::Encoder encoder(tokenizer);
  Clock::time_point start = Clock::now();
  check(encoder.encode(text, ids, withAdded ? AddedTokens::match : AddedTokens::ignore));
  if (withTiming)
    fprintf(stderr, "%zu bytes, %zu tokens, %.6f s\n", text.size(), ids.size(),
            std::chrono::duration<double>(Clock::now() - start).count());
  std::string out = "[";
  for (uint32_t id : ids)
    out += (out.size() > 1 ? "," : "") + std::to_string(id);
  out += "]\n";
  fwrite(out.data(), 1, out.size(), stdout);
}

void tokenizeCommand(const Arguments &arguments) {
  CommandLine line(
      "tokenize OUT.v4 | TOKENIZER.json [option...]",
      "Text to a JSON array of token ids, or with --decode such an array to text. Nothing is added at\n"
      "either end. Bytes that are not UTF-8 are kept.");
  line.positional("tokenizer")
      .value("file", "FILE", "what to read (the standard input)")
      .flag("decode", "ids to text")
      .flag("no-control-tokens",
            "<think> and its like in the text are plain text: for text that is not trusted")
      .flag("timing", "how long the encoding alone took, on the standard error");
  if (!line.parse(arguments))
    return;
  for (std::string flag : {"no-control-tokens", "timing"})
    if (line.has("decode") && line.has(flag.c_str()))
      throw UsageError("--" + flag + " is for encoding, it does not go with --decode");
  std::unique_ptr<Tokenizer> tokenizer = loadTokenizer(line.text("tokenizer"));
  std::string input = readInput(line.has("file") ? line.required("file") : "-");
  if (!line.has("decode"))
    return encode(*tokenizer, input, !line.has("no-control-tokens"), line.has("timing"));
  std::string text;
  check(tokenizer->decode(parseIds(input), text));
  fwrite(text.data(), 1, text.size(), stdout);
}

} // namespace v4run

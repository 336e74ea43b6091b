#include "tools/v4run/SamplingLine.h"

#include "runtime/text/Utf8.h"
#include "tools/v4run/CommandLine.h"
#include "tools/v4run/Failure.h"

#include <charconv>
#include <cmath>

namespace v4run {

static constexpr size_t kMostStops = 64, kMostStopBytes = 4096;

void addSamplingOptions(CommandLine &line) {
  line.value("temperature", "T", "divide the logits by T and draw; 0: take the likeliest (0)")
      .value("top-p", "P", "draw from the likeliest tokens with a sum of at least P (1)")
      .value("top-k", "K", "draw from the K likeliest tokens; 0: from all (0)")
      .value("min-p", "P", "draw from tokens at least P times as likely as the likeliest (0)")
      .value("repetition-penalty", "R", "divide positive logits of tokens that were there by R (1)")
      .value("presence-penalty", "X", "subtract X from the logits of generated tokens (0)")
      .value("frequency-penalty", "X", "the same, each time that they were generated (0)")
      .values("logit-bias", "ID:X", "add X, a number or -inf, to the logit of a token; may be repeated")
      .value("seed", "S", "where the draws start (0)");
}

static v4rt::LogitBias parseBias(const std::string &text, uint32_t vocabulary) {
  size_t colon = text.find(':');
  v4rt::LogitBias bias = {-1, 0};
  const char *begin = text.data(), *middle = begin + std::min(colon, text.size());
  auto parsed = std::from_chars(begin, middle, bias.id);
  std::string number = colon == text.npos ? "" : text.substr(colon + 1);
  char *end = nullptr;
  bias.value = strtod(number.c_str(), &end);
  bool isNumber = !number.empty() && !*end && (std::isfinite(bias.value) || bias.value == -INFINITY);
  if (parsed.ec != std::errc() || parsed.ptr != middle || !isNumber)
    throw UsageError("option --logit-bias is '" + text.substr(0, 40) +
                     "', wanted a token id, a colon, and a number or -inf");
  if (bias.id < 0 || static_cast<uint32_t>(bias.id) >= vocabulary)
    throw UsageError("option --logit-bias names the token " + std::to_string(bias.id) +
                     ", but the vocabulary has the ids 0 to " + std::to_string(vocabulary - 1));
  return bias;
}

v4rt::SamplingOptions samplingOptions(const CommandLine &line, uint32_t vocabulary) {
  v4rt::SamplingOptions options;
  options.temperature = line.number("temperature", 0, 0, 100);
  options.topP = line.number("top-p", 1, 0, 1);
  options.topK = static_cast<uint32_t>(line.integer("top-k", 0, 0, INT32_MAX));
  options.minP = line.number("min-p", 0, 0, 1);
  options.repetitionPenalty = line.number("repetition-penalty", 1, 0.01, 100);
  options.presencePenalty = line.number("presence-penalty", 0, -100, 100);
  options.frequencyPenalty = line.number("frequency-penalty", 0, -100, 100);
  options.seed = static_cast<uint64_t>(line.integer("seed", 0, 0, INT64_MAX));
  for (const std::string &text : line.list("logit-bias"))
    options.bias.push_back(parseBias(text, vocabulary));
  return options;
}

std::vector<std::string> stopStrings(const CommandLine &line) {
  std::vector<std::string> strings = line.list("stop");
  for (const std::string &string : strings)
    if (string.empty() || string.size() > kMostStopBytes || v4rt::text::utf8Prefix(string) != string.size())
      throw UsageError("option --stop has " + std::to_string(string.size()) +
                       " bytes, wanted UTF-8 text of 1 to " + std::to_string(kMostStopBytes) + " bytes");
  if (strings.size() > kMostStops)
    throw UsageError("option --stop is given " + std::to_string(strings.size()) + " times, wanted at most " +
                     std::to_string(kMostStops));
  return strings;
}

} // namespace v4run

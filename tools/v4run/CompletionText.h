// Generated tokens become text, whole characters at a time, up to a stop string.
#pragma once

#include "runtime/sampling/StopStrings.h"
#include "runtime/text/Tokenizer.h"

namespace v4run {

class CompletionText {
public:
  CompletionText(const v4rt::text::Tokenizer &tokenizer, std::vector<std::string> stopStrings)
      : tokenizer(tokenizer), decoder(tokenizer), stops(std::move(stopStrings)) {}

  /// What is clear with this token; always well-formed UTF-8, U+FFFD standing for bytes that are none. An id
  /// that the tokenizer does not have has no text.
  std::string push(int32_t id);
  /// What was held back.
  std::string finish();
  /// A stop string was found: nothing follows.
  bool isStopped() const { return stopped; }

private:
  void add(const std::string &bytes, std::string &out);

  const v4rt::text::Tokenizer &tokenizer;
  v4rt::text::StreamingDecoder decoder;
  v4rt::StopStrings stops;
  bool stopped = false;
};

} // namespace v4run

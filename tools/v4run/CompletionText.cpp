#include "tools/v4run/CompletionText.h"

#include "runtime/text/Utf8.h"
#include "tools/v4run/Failure.h"

namespace v4run {

static std::string wellFormed(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    size_t valid = v4rt::text::utf8Prefix(bytes);
    text.append(bytes, 0, valid);
    bytes.remove_prefix(valid);
    if (bytes.empty())
      break;
    text += "\xef\xbf\xbd";
    bytes.remove_prefix(1);
  }
  return text;
}

void CompletionText::add(const std::string &bytes, std::string &out) {
  stopped = stopped || stops.push(wellFormed(bytes), out);
}

std::string CompletionText::push(int32_t id) {
  std::string bytes, out;
  if (stopped || !tokenizer.contains(static_cast<uint64_t>(id)))
    return out;
  check(decoder.push(static_cast<uint64_t>(id), bytes));
  add(bytes, out);
  return out;
}

std::string CompletionText::finish() {
  std::string bytes, out;
  if (stopped)
    return out;
  decoder.flush(bytes);
  add(bytes, out);
  if (!stopped)
    stops.finish(out);
  return out;
}

} // namespace v4run

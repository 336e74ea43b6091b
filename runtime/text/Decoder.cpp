#include "runtime/text/Tokenizer.h"
#include "runtime/text/Utf8.h"

namespace v4rt::text {

static Status unknownId(uint64_t id) {
  return fail(V4_INVALID_ARGUMENT, "the tokenizer has no token %llu", static_cast<unsigned long long>(id));
}

Status Tokenizer::decode(const std::vector<uint64_t> &ids, std::string &text, Special special) const {
  for (uint64_t id : ids) {
    if (!contains(id))
      return unknownId(id);
    if (special == Special::keep || !isSpecial(id))
      text += bytes(id);
  }
  return Status();
}

Status StreamingDecoder::push(uint64_t id, std::string &text) {
  if (!tokenizer.contains(id))
    return unknownId(id);
  if (special == Tokenizer::Special::skip && tokenizer.isSpecial(id))
    return Status();
  held += tokenizer.bytes(id);
  // Only the last three bytes can begin a character that is not all there.
  size_t complete = held.size();
  for (size_t tail = 1; tail <= 3 && tail <= held.size(); ++tail)
    if (utf8Unfinished(std::string_view(held).substr(held.size() - tail)))
      complete = held.size() - tail;
  text.append(held, 0, complete);
  held.erase(0, complete);
  return Status();
}

void StreamingDecoder::flush(std::string &text) {
  text += held;
  held.clear();
}

} // namespace v4rt::text

#include "runtime/text/PromptIds.h"

namespace v4rt::text {

Status encodePrompt(const ChatPrompt &prompt, const Tokenizer &tokenizer, Encoder &encoder,
                    std::vector<uint32_t> &ids) {
  for (const Segment &segment : prompt.segments()) {
    if (!segment.isControl) {
      V4_TRY(encoder.encode(segment.text, ids, AddedTokens::ignore));
      continue;
    }
    std::optional<uint32_t> id = tokenizer.addedToken(segment.text);
    if (!id)
      return fail(V4_UNSUPPORTED, "the tokenizer has no control token '%s', which the conversation needs",
                  segment.text.c_str());
    ids.push_back(*id);
  }
  return {};
}

} // namespace v4rt::text

// Prompt -> token ids.
#pragma once

#include "runtime/text/ChatPrompt.h"
#include "runtime/text/Tokenizer.h"

namespace v4rt::text {

/// Appends the ids of `prompt`: a control segment is its token, and text stays text whatever it spells. Fails
/// if the tokenizer lacks a control token of the prompt.
Status encodePrompt(const ChatPrompt &prompt, const Tokenizer &tokenizer, Encoder &encoder,
                    std::vector<uint32_t> &ids);

} // namespace v4rt::text

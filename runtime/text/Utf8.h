// UTF-8 as bytes from anywhere, and the byte map of byte-level BPE.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace v4rt::text {

/// The length of the well-formed sequence (no surrogate, not overlong, at most U+10FFFF) that `text` begins
/// with; 0 if there is none.
size_t utf8Sequence(std::string_view text);

/// The length of the longest well-formed beginning of `text`.
size_t utf8Prefix(std::string_view text);

/// Whether `text` is a proper beginning of some well-formed sequence.
bool utf8Unfinished(std::string_view text);

/// The character that `sequence` is; it is well-formed.
uint32_t utf8Code(std::string_view sequence);

void appendUtf8(uint32_t codePoint, std::string &out);

/// A vocabulary spells each byte as one printable character: itself where that is printable Latin-1, else one
/// from U+0100 on, in order ("Ġ" is the space).
std::string byteSpelling(uint8_t byte);

/// The bytes that `token` spells; false if it has a character that spells none.
bool spelledBytes(std::string_view token, std::string &bytes);

} // namespace v4rt::text

// PCRE2 10.42 has the categories of Unicode 14, the regex engine of Hugging Face's tokenizers those of
// Unicode 16. A pattern is matched on a text in which each character that came in between has given way to an
// older one of its category and its length in bytes, its stand-in.
//
//   U+2EBF0 (Lo since Unicode 15.1)  ->  U+10000 (Lo since 4.0)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace v4rt::text {

/// The text to match instead of `text`, which is well-formed UTF-8: `text` itself, or a copy in `storage`.
std::string_view withStandIns(std::string_view text, std::string &storage);

/// Whether a set of characters from `first` to `last` never parts a character from its stand-in, so that a
/// pattern may name it.
bool standInsAgree(uint32_t first, uint32_t last);

} // namespace v4rt::text

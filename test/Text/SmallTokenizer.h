// A tokenizer.json as small as can be: all bytes, one merge, one added token.
#pragma once

#include "runtime/text/Utf8.h"

#include <nlohmann/json.hpp>

namespace v4test {

inline nlohmann::json smallTokenizer() {
  using nlohmann::json;
  json vocab = json::object();
  for (unsigned byte = 0; byte < 256; ++byte)
    vocab[v4rt::text::byteSpelling(byte)] = byte;
  vocab["ab"] = 256;
  json split = {
      {"type", "Split"}, {"pattern", {{"Regex", "\\s+"}}}, {"behavior", "Isolated"}, {"invert", false}};
  json level = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};
  return {{"added_tokens", {{{"id", 300}, {"content", "<x>"}, {"special", true}}}},
          {"pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", {split, level}}}},
          {"decoder", {{"type", "ByteLevel"}}},
          {"model", {{"type", "BPE"}, {"vocab", vocab}, {"merges", {"a b"}}}}};
}

} // namespace v4test

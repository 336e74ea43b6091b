// The tokenizer of an artifact: a tokenizer.json, checked and then kept byte for byte, and the same as
// tables.
#pragma once

#include "runtime/Status.h"

#include <cstdint>
#include <string>

namespace v4rt {

/// The path of the checkpoint's tokenizer.json; empty if it has none.
std::string tokenizerOf(const std::string &checkpointFolder);

struct TokenizerSections {
  std::string json, tables;
};

/// Reads a tokenizer.json that a model with `vocabulary` ids can be used with: it is sound, and all its ids
/// are below that.
Status readTokenizer(const std::string &path, uint32_t vocabulary, TokenizerSections &sections);

} // namespace v4rt

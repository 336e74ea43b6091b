// TOKENS.json: an array of token ids, or an array of such arrays.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace v4run {

struct Tokens {
  std::vector<std::vector<int32_t>> sequences; // at least one, none empty
  bool isBatch = false;                        // an array of arrays, also of a single one
};

/// Reads and checks a file of tokens: every id below `vocabulary`. Throws Failure.
Tokens readTokens(const std::string &path, uint32_t vocabulary);

/// The same for text already in memory; `path` is for messages.
Tokens parseTokens(const std::string &text, const std::string &path, uint32_t vocabulary);

} // namespace v4run

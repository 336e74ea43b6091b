// The tokenizer that a command is given: an artifact that has one, or a tokenizer.json.
#pragma once

#include "runtime/include/v4.hpp"
#include "runtime/text/Tokenizer.h"

namespace v4run {

/// Throws Failure.
std::unique_ptr<v4rt::text::Tokenizer> loadTokenizer(const std::string &path);

/// That of an open artifact; `path` is for messages.
std::unique_ptr<v4rt::text::Tokenizer> loadTokenizer(const v4::Model &model, const std::string &path);

} // namespace v4run

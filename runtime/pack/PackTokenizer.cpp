#include "runtime/pack/PackTokenizer.h"

#include "runtime/checkpoint/File.h"
#include "runtime/text/Tokenizer.h"

#include <filesystem>

namespace v4rt {

static constexpr uint64_t kMostBytes = 1u << 28; // the published one has 6 MB

std::string tokenizerOf(const std::string &checkpointFolder) {
  std::error_code code;
  std::filesystem::path path = std::filesystem::path(checkpointFolder) / "tokenizer.json";
  // A dangling link is no "none": opening it says what is wrong.
  bool there = std::filesystem::symlink_status(path, code).type() != std::filesystem::file_type::not_found;
  return there ? path.string() : "";
}

Status readTokenizer(const std::string &path, uint32_t vocabulary, TokenizerSections &sections) {
  std::string error;
  if (!checkpoint::readText(path, kMostBytes, sections.json, error))
    return Status(V4_IO_ERROR, error);
  std::unique_ptr<text::Tokenizer> tokenizer;
  V4_TRY(text::Tokenizer::parse(sections.json, path, tokenizer));
  if (tokenizer->idLimit() > vocabulary)
    return fail(V4_INVALID_ARGUMENT,
                "%s has the token id %u, but the vocabulary of the model has the ids 0 to %u",
                checkpoint::inQuotes(path).c_str(), tokenizer->idLimit() - 1, vocabulary - 1);
  sections.tables = tokenizer->tables();
  return {};
}

} // namespace v4rt

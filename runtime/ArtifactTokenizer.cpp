#include "runtime/ArtifactTokenizer.h"

namespace v4rt {

Status readTokenizer(const ArtifactView &artifact, const std::string &name,
                     std::unique_ptr<text::Tokenizer> &tokenizer) {
  Bytes tables = artifact.tokenTables(), json = artifact.tokenizer();
  if (tables)
    return text::Tokenizer::fromTables(tables.data, tables.size, name, tokenizer);
  if (!json)
    return fail(V4_UNSUPPORTED, "the artifact has no tokenizer: compile a checkpoint with a "
                                "tokenizer.json, or give v4c --tokenizer");
  return text::Tokenizer::parse({reinterpret_cast<const char *>(json.data), json.size}, name, tokenizer);
}

} // namespace v4rt

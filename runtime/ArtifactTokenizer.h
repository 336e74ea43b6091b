// The tokenizer that an artifact has.
#pragma once

#include "runtime/Artifact.h"
#include "runtime/text/Tokenizer.h"

namespace v4rt {

/// From the tables of the artifact, or where it is older than those from its tokenizer.json. `name` is for
/// messages.
Status readTokenizer(const ArtifactView &artifact, const std::string &name,
                     std::unique_ptr<text::Tokenizer> &tokenizer);

} // namespace v4rt

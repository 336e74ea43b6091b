// Whole artifacts: written with weights or without, or given weights later.
//
// Weights are packed into a partial file beside the output, OUT.v4.partial (OUT.v4.weights.partial with
// PackOptions::weightsBeside). A run that was killed or interrupted leaves it; the same call again goes on
// from it, another one drops it. A run that fails or finishes leaves nothing.
#pragma once

#include "runtime/Artifact.h"
#include "runtime/pack/Packer.h"

#include <string>

namespace v4rt {

/// What runs: an ELF object, and for a GPU the section that manifest.device points into.
struct Code {
  Bytes kernels, device;
};

/// Writes the artifact of `manifest` and `code` to `path`. With a checkpoint its weights
/// are packed and the checksums in `manifest` filled in, without (null) there are none; without
/// `options.tokenizer` it has no tokenizer. On failure what was at `path` is untouched.
Status writeArtifact(const std::string &path, format::ManifestT &manifest, const Code &code,
                     const checkpoint::Checkpoint *checkpoint, const PackOptions &options);

/// Writes to `path` the artifact at `program`, which has no weights, together with those of the checkpoint.
/// Its tokenizer is `options.tokenizer`, or else that of the program, or else that of the checkpoint.
/// `program` is only read, and may not be `path`.
Status packArtifact(const std::string &program, const checkpoint::Checkpoint &checkpoint,
                    const std::string &path, const PackOptions &options);

} // namespace v4rt

// Packs weights: checkpoint tensors in, the weights section of an artifact out. Any number of shards, in
// bounded memory, the same bytes for any number of threads.
#pragma once

#include "runtime/Status.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/format/artifact_generated.h"
#include "runtime/pack/ArtifactWriter.h"

#include <cstdint>
#include <functional>
#include <string>

namespace v4rt {

struct PackOptions {
  unsigned threads = 0; // 0: one a core
  /// Read and packed at a time by each thread, unless the rows of one panel are more.
  uint64_t blockBytes = 4 << 20;
  /// The tokenizer.json that the artifact gets; empty: see the functions of PackArtifact.h.
  std::string tokenizer;
  /// Told the bytes packed so far and in all. One call at a time, from any thread.
  std::function<void(uint64_t done, uint64_t total)> progress;
};

/// Writes the weights section that `manifest` describes into `writer`, and fills in the checksums of
/// `manifest.weights` and `manifest.weights_packed`: add the manifest to the artifact afterwards. All sources
/// are checked before anything is written.
Status packWeights(format::ManifestT &manifest, const checkpoint::Checkpoint &checkpoint,
                   ArtifactWriter &writer, const PackOptions &options);

} // namespace v4rt

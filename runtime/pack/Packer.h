// Packs weights: checkpoint tensors in, the weights section of an artifact out. Any number of shards, in
// bounded memory, the same bytes for any number of threads.
#pragma once

#include "runtime/Status.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/format/artifact_generated.h"
#include "runtime/pack/ArtifactWriter.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

namespace v4rt {

/// What a packing did, also where it failed.
struct PackReport {
  uint64_t bytes = 0;        // of packed weights, in all
  uint64_t resumedBytes = 0; // of them, packed by an earlier run
  bool interrupted = false;
};

struct PackOptions {
  unsigned threads = 0; // 0: one a core
  /// Read and packed at a time by each thread, unless the rows of one panel are more. The larger, the more of
  /// the artifact is in the page cache in pages of 2 MiB, which decoding is faster with.
  uint64_t blockBytes = 8 << 20;
  /// The tokenizer.json that the artifact gets; empty: see the functions of PackArtifact.h.
  std::string tokenizer;
  /// Told the bytes packed so far and in all. One call at a time, from any thread.
  std::function<void(uint64_t done, uint64_t total)> progress;
  /// Told about an earlier run that was gone on with or dropped, as a sentence.
  std::function<void(const std::string &sentence)> note;
  /// Not zero: stop soon, so that another run can go on.
  const std::atomic<int> *interrupt = nullptr;
  PackReport *report = nullptr;

  // Of whole artifacts (PackArtifact.h).
  bool weightsBeside = false; // in a file of their own
  bool restart = false;       // drop what an earlier run packed

  uint64_t markBytes = 256 << 20; // packed again at most after a kill
};

/// Writes the weights section that `manifest` describes into `writer`, and fills in the checksums of
/// `manifest.weights` and `manifest.weights_packed`: add the manifest to the artifact afterwards. All sources
/// are checked before anything is written. Where the writer has marks of an earlier run, what that packed is
/// read back instead, and packed again from the first byte that is not as it was.
Status packWeights(format::ManifestT &manifest, const checkpoint::Checkpoint &checkpoint,
                   ArtifactWriter &writer, const PackOptions &options);

} // namespace v4rt

// Writes the container of an artifact (Format.h). The same sections in the same order give the same bytes.
//
//   ArtifactWriter writer;
//   writer.create("model.v4");
//   writer.addSection(SectionKind::kernels, elf.data(), elf.size());
//   writer.beginSection(SectionKind::weights, manifest.weights_bytes);
//   writer.writeAt(weight.offset, packed, bytes);   // any order, any thread; or append() in order
//   writer.endSection();
//   writer.addSection(SectionKind::manifest, flatbuffer, bytes);  // last: it holds the weights' checksums
//   writer.finish();                                // synced and renamed; before that `model.v4` is
//   untouched
//
// Every call returns a Status. Without a successful finish() the destructor removes the temporary file.
#pragma once

#include "runtime/AtomicFile.h"
#include "runtime/Checksum.h"
#include "runtime/format/Format.h"

#include <vector>

namespace v4rt {

class ArtifactWriter {
public:
  /// Starts a temporary file in the folder of `path`.
  Status create(const std::string &path);

  Status addSection(format::SectionKind kind, const void *data, size_t bytes);

  /// Starts a section of exactly `bytes` bytes. What is not written is zero.
  Status beginSection(format::SectionKind kind, uint64_t bytes);

  /// Writes at `offset` bytes from the section's start. Threads may write disjoint ranges at the same time.
  Status writeAt(uint64_t offset, const void *data, size_t bytes);

  /// Writes after what was appended before. One thread; do not mix with writeAt in one section.
  Status append(const void *data, size_t bytes);

  /// Takes the checksum; bytes that came through writeAt are read back for it.
  Status endSection();

  /// The same for a writer that knows the XXH3-64 of the whole section, which then is not read back.
  Status endSection(uint64_t checksum);

  /// Writes header and table, syncs, renames.
  Status finish();

private:
  Status place(format::SectionKind kind, uint64_t bytes);

  AtomicFile file;
  std::vector<format::Section> sections;
  uint64_t end = 0; // of the last section
  bool inSection = false;
  uint64_t appended = 0; // of the open section, already in `hash`
  StreamingChecksum hash;
};

} // namespace v4rt

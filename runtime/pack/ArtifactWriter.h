// Writes the container of an artifact (Format.h). The same sections in the same order give the same bytes.
//
//   ArtifactWriter writer;
//   writer.create("model.v4");
//   writer.addSection(SectionKind::kernels, elf.data(), elf.size());
//   writer.beginSection(SectionKind::weights, manifest.weights_bytes);
//   writer.writeAt(weight.offset, packed, bytes);   // any order, any thread; or append() in order
//   writer.endSection();
//   writer.addSection(SectionKind::manifest, flatbuffer, bytes);  // last: it holds the weights' checksums
//   writer.finish();                                // synced and renamed; until then `model.v4` is as it was
//
// Every call returns a Status. Without a successful finish() nothing is left, unless keep() was called.
#pragma once

#include "runtime/AtomicFile.h"
#include "runtime/Checksum.h"
#include "runtime/format/Format.h"
#include "runtime/pack/PartialMarks.h"

#include <vector>

namespace v4rt {

class ArtifactWriter {
public:
  /// Starts a file that becomes `path`.
  Status create(const std::string &path);

  /// The same, in `path`.partial, so that its weights section can be gone on with after a kill: marks() says
  /// how far. `why` is a clause for a person if another run's bytes had to be dropped, else empty.
  Status createPartial(const std::string &path, const PackInputs &inputs, std::string &why);

  /// Of an earlier run, ascending; offsets count from the start of the weights section.
  const std::vector<Mark> &marks() const { return partial.found(); }
  /// For a later run.
  Status mark(const Mark &mark) { return partial.add(file, mark); }

  Status addSection(format::SectionKind kind, const void *data, size_t bytes);

  /// Starts a section of exactly `bytes` bytes. What is not written is zero.
  Status beginSection(format::SectionKind kind, uint64_t bytes);

  /// Writes at `offset` bytes from the section's start. Threads may write disjoint ranges at the same time.
  Status writeAt(uint64_t offset, const void *data, size_t bytes);

  /// Reads back what writeAt wrote, now or in an earlier run.
  Status readAt(uint64_t offset, void *data, size_t bytes);

  /// Starts to move a range to the disk.
  void startWriteback(uint64_t offset, uint64_t bytes);

  /// Writes after what was appended before. One thread; do not mix with writeAt in one section.
  Status append(const void *data, size_t bytes);

  /// Takes the checksum; bytes that came through writeAt are read back for it.
  Status endSection();

  /// The same for a writer that knows the XXH3-64 of the whole section, which then is not read back.
  Status endSection(uint64_t checksum);

  /// Writes header and table, syncs, renames.
  Status finish();

  /// The two halves of finish(), for files that must appear together: all but the name, and the name.
  Status seal();
  Status publish() { return file.commit(); }

  /// Leaves the partial file to a later run.
  void keep() { file.keep(); }

  /// Of the last section that ended.
  uint64_t lastChecksum() const { return sections.empty() ? 0 : sections.back().checksum; }
  uint64_t fileBytes() const { return end; }

private:
  void start();
  Status place(format::SectionKind kind, uint64_t bytes);
  Status checkRange(uint64_t offset, size_t bytes) const;
  Status writeHeld();

  AtomicFile file;
  PartialMarks partial;
  std::vector<format::Section> sections;
  uint64_t end = 0; // of the last section
  bool inSection = false;
  uint64_t appended = 0;  // of the open section, already in `hash`
  std::vector<char> held; // of `appended`, not yet in the file
  StreamingChecksum hash;
};

} // namespace v4rt

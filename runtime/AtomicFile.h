// A file that appears whole or not at all: written beside its final name, synced, renamed.
#pragma once

#include "runtime/Status.h"

#include <cstdint>

namespace v4rt {

class AtomicFile {
public:
  AtomicFile() = default;
  /// Removes the temporary file unless commit() succeeded.
  ~AtomicFile();
  AtomicFile(const AtomicFile &) = delete;
  AtomicFile &operator=(const AtomicFile &) = delete;

  /// Opens a temporary file in the folder of `path`. `path` may exist; it stays until commit().
  Status create(const std::string &path);

  /// Writes all of it. Holes read as zero. Any number of threads may write disjoint ranges.
  Status writeAt(uint64_t offset, const void *data, size_t bytes);

  /// Reads back what was written, all of it.
  Status readAt(uint64_t offset, void *data, size_t bytes);

  /// Grows the file to at least `bytes`.
  Status resize(uint64_t bytes);

  Status commit();
  void discard();

  bool isOpen() const { return descriptor >= 0; }

private:
  int descriptor = -1;
  std::string finalPath;
  std::string temporaryPath;
};

} // namespace v4rt

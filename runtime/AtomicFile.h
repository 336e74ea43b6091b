// A file that appears whole or not at all: written without a name or beside its final one, synced, renamed.
#pragma once

#include "runtime/Status.h"

#include <cstdint>

namespace v4rt {

class AtomicFile {
public:
  AtomicFile() = default;
  /// Removes what was written unless commit() or keep() was called.
  ~AtomicFile();
  AtomicFile(const AtomicFile &) = delete;
  AtomicFile &operator=(const AtomicFile &) = delete;

  /// Opens a file in the folder of `path`. `path` may exist; it stays until commit(). The file has no name
  /// where the file system can do that, so that nothing is left of it if the process is killed; elsewhere it
  /// is `path`.tmp, which the next run replaces.
  Status create(const std::string &path);

  /// Opens `path`.partial, with what an earlier run left in it. Fails while another process has it open.
  Status createPartial(const std::string &path);

  /// Writes all of it. Holes read as zero. Any number of threads may write disjoint ranges.
  Status writeAt(uint64_t offset, const void *data, size_t bytes);

  /// Reads back what was written, all of it.
  Status readAt(uint64_t offset, void *data, size_t bytes) const;

  /// Starts to move a range to the disk, so that sync() has less to wait for.
  void startWriteback(uint64_t offset, uint64_t bytes);

  /// Grows the file to at least `bytes`, on the disk too: better no room now than after an hour of work.
  Status resize(uint64_t bytes);

  /// Makes the file `bytes` long.
  Status truncate(uint64_t bytes);

  Status size(uint64_t &bytes) const;

  Status sync();
  /// sync(), and the final name.
  Status commit();
  /// Closes the file; one of createPartial() stays for a later run.
  void keep();
  void discard();

  bool isOpen() const { return descriptor >= 0; }
  /// For messages: the final name, or that of the partial file.
  const std::string &name() const { return isPartial ? temporaryPath : finalPath; }

private:
  Status openLocked(const std::string &path);
  Status link();
  void close();

  int descriptor = -1;
  bool isPartial = false;
  std::string finalPath;
  std::string temporaryPath; // empty: the file has no name
};

} // namespace v4rt

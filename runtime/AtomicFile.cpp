#include "runtime/AtomicFile.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace v4rt {

// Linux moves at most 2 GiB - 4 KiB a call.
static constexpr size_t kLargestTransfer = size_t(1) << 30;

AtomicFile::~AtomicFile() { discard(); }

Status AtomicFile::create(const std::string &path) {
  static std::atomic<unsigned> serial{0};
  discard();
  struct stat existing;
  if (stat(path.c_str(), &existing) == 0 && S_ISDIR(existing.st_mode))
    return fail(V4_IO_ERROR, "cannot write %s: it is a directory", path.c_str());
  std::string temporary = path + ".tmp-" + std::to_string(getpid()) + "-" + std::to_string(serial++);
  descriptor = open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0)
    return ioError("create", temporary);
  finalPath = path;
  temporaryPath = std::move(temporary);
  return {};
}

Status AtomicFile::writeAt(uint64_t offset, const void *data, size_t bytes) {
  const char *from = static_cast<const char *>(data);
  while (bytes > 0) {
    ssize_t written = pwrite(descriptor, from, std::min(bytes, kLargestTransfer), offset);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return ioError("write", temporaryPath);
    from += written;
    offset += written;
    bytes -= written;
  }
  return {};
}

Status AtomicFile::readAt(uint64_t offset, void *data, size_t bytes) {
  char *to = static_cast<char *>(data);
  while (bytes > 0) {
    ssize_t got = pread(descriptor, to, std::min(bytes, kLargestTransfer), offset);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return ioError("read", temporaryPath);
    if (got == 0)
      return fail(V4_IO_ERROR, "cannot read %s: it ends %zu bytes early", temporaryPath.c_str(), bytes);
    to += got;
    offset += got;
    bytes -= got;
  }
  return {};
}

Status AtomicFile::resize(uint64_t bytes) {
  struct stat now;
  if (fstat(descriptor, &now) != 0)
    return ioError("inspect", temporaryPath);
  if (uint64_t(now.st_size) < bytes && ftruncate(descriptor, bytes) != 0)
    return ioError("grow", temporaryPath);
  return {};
}

// Without it a crash of the machine could undo the rename after we reported success. Some file systems refuse
// to sync a folder; there the rename is as durable as they make it.
static void syncFolderOf(const std::string &path) {
  size_t slash = path.rfind('/');
  std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    return;
  (void)fsync(descriptor);
  close(descriptor);
}

Status AtomicFile::commit() {
  Status outcome;
  if (fsync(descriptor) != 0) {
    outcome = ioError("sync", temporaryPath);
  } else if (rename(temporaryPath.c_str(), finalPath.c_str()) != 0) {
    outcome = ioError("rename a file to", finalPath);
  }
  if (!outcome.ok()) {
    discard();
    return outcome;
  }
  close(descriptor);
  descriptor = -1;
  temporaryPath.clear();
  syncFolderOf(finalPath);
  return {};
}

void AtomicFile::discard() {
  if (descriptor < 0)
    return;
  close(descriptor);
  descriptor = -1;
  unlink(temporaryPath.c_str());
  temporaryPath.clear();
}

} // namespace v4rt

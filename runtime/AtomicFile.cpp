#include "runtime/AtomicFile.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace v4rt {

// Linux moves at most 2 GiB - 4 KiB a call.
static constexpr size_t kLargestTransfer = size_t(1) << 30;

static std::string folderOf(const std::string &path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

/// The only way to name a nameless file without privileges.
static std::string linkSource(int descriptor) { return "/proc/self/fd/" + std::to_string(descriptor); }

static int openNameless(const std::string &folder) {
  int descriptor = open(folder.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0666);
  if (descriptor >= 0 && access(linkSource(descriptor).c_str(), F_OK) != 0) {
    close(descriptor);
    return -1;
  }
  return descriptor;
}

static Status refuseFolder(const std::string &path) {
  struct stat existing;
  if (stat(path.c_str(), &existing) == 0 && S_ISDIR(existing.st_mode))
    return fail(V4_IO_ERROR, "cannot write %s: it is a directory", path.c_str());
  return {};
}

AtomicFile::~AtomicFile() { discard(); }

Status AtomicFile::create(const std::string &path) {
  discard();
  V4_TRY(refuseFolder(path));
  finalPath = path;
  temporaryPath.clear();
  isPartial = false;
  descriptor = openNameless(folderOf(path));
  if (descriptor >= 0)
    return {};
  V4_TRY(openLocked(path + ".tmp"));
  return truncate(0);
}

Status AtomicFile::createPartial(const std::string &path) {
  discard();
  V4_TRY(refuseFolder(path));
  V4_TRY(openLocked(path + ".partial"));
  finalPath = path;
  isPartial = true;
  return {};
}

/// True if `descriptor` is still the file of this name.
static bool hasName(int descriptor, const std::string &path) {
  struct stat named, opened;
  return lstat(path.c_str(), &named) == 0 && fstat(descriptor, &opened) == 0 &&
         named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

Status AtomicFile::openLocked(const std::string &path) {
  for (;;) {
    int opened = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
    if (opened < 0)
      return ioError("create", path);
    struct stat info;
    bool isFile = fstat(opened, &info) == 0 && S_ISREG(info.st_mode);
    bool isLocked = isFile && flock(opened, LOCK_EX | LOCK_NB) == 0;
    // Another process may have renamed or removed it before the lock was ours.
    if (isLocked && hasName(opened, path)) {
      descriptor = opened;
      temporaryPath = path;
      return {};
    }
    ::close(opened);
    if (!isFile)
      return fail(V4_IO_ERROR, "cannot write %s: it is not a regular file", path.c_str());
    if (!isLocked)
      return fail(V4_IO_ERROR, "cannot write %s: another process is writing it", path.c_str());
  }
}

Status AtomicFile::writeAt(uint64_t offset, const void *data, size_t bytes) {
  const char *from = static_cast<const char *>(data);
  while (bytes > 0) {
    ssize_t written = pwrite(descriptor, from, std::min(bytes, kLargestTransfer), offset);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return ioError("write", name());
    from += written;
    offset += written;
    bytes -= written;
  }
  return {};
}

Status AtomicFile::readAt(uint64_t offset, void *data, size_t bytes) const {
  char *to = static_cast<char *>(data);
  while (bytes > 0) {
    ssize_t got = pread(descriptor, to, std::min(bytes, kLargestTransfer), offset);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return ioError("read", name());
    if (got == 0)
      return fail(V4_IO_ERROR, "cannot read %s: it ends %zu bytes early", name().c_str(), bytes);
    to += got;
    offset += got;
    bytes -= got;
  }
  return {};
}

void AtomicFile::startWriteback(uint64_t offset, uint64_t bytes) {
  (void)sync_file_range(descriptor, offset, bytes, SYNC_FILE_RANGE_WRITE); // a hint
}

Status AtomicFile::size(uint64_t &bytes) const {
  struct stat now;
  if (fstat(descriptor, &now) != 0)
    return ioError("inspect", name());
  bytes = now.st_size;
  return {};
}

Status AtomicFile::resize(uint64_t bytes) {
  uint64_t now;
  V4_TRY(size(now));
  if (now >= bytes)
    return {};
  if (fallocate(descriptor, 0, now, bytes - now) == 0)
    return {};
  if (errno == ENOSPC || errno == EFBIG || errno == EDQUOT)
    return ioError("make room for", name());
  return truncate(bytes); // the file system cannot reserve
}

Status AtomicFile::truncate(uint64_t bytes) {
  if (ftruncate(descriptor, bytes) != 0)
    return ioError("resize", name());
  return {};
}

// Without it a crash of the machine could undo the rename after we reported success. Some file systems refuse
// to sync a folder; there the rename is as durable as they make it.
static void syncFolderOf(const std::string &path) {
  int descriptor = open(folderOf(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    return;
  (void)fsync(descriptor);
  close(descriptor);
}

Status AtomicFile::sync() {
  if (fsync(descriptor) != 0)
    return ioError("sync", name());
  return {};
}

/// Gives the nameless file its final name. A link cannot replace a file, so one that exists is replaced by
/// way of a second name.
Status AtomicFile::link() {
  std::string source = linkSource(descriptor), second = finalPath + ".tmp";
  if (linkat(AT_FDCWD, source.c_str(), AT_FDCWD, finalPath.c_str(), AT_SYMLINK_FOLLOW) == 0)
    return {};
  if (errno != EEXIST)
    return ioError("create", finalPath);
  unlink(second.c_str()); // of a process that was killed right here
  if (linkat(AT_FDCWD, source.c_str(), AT_FDCWD, second.c_str(), AT_SYMLINK_FOLLOW) != 0)
    return ioError("create", second);
  if (rename(second.c_str(), finalPath.c_str()) == 0)
    return {};
  Status status = ioError("rename a file to", finalPath);
  unlink(second.c_str());
  return status;
}

Status AtomicFile::commit() {
  Status outcome = sync();
  if (outcome.ok() && temporaryPath.empty())
    outcome = link();
  else if (outcome.ok() && rename(temporaryPath.c_str(), finalPath.c_str()) != 0)
    outcome = ioError("rename a file to", finalPath);
  if (!outcome.ok()) {
    discard();
    return outcome;
  }
  close();
  syncFolderOf(finalPath);
  return {};
}

void AtomicFile::close() {
  ::close(descriptor);
  descriptor = -1;
}

void AtomicFile::keep() {
  if (descriptor >= 0 && isPartial)
    close();
  else
    discard();
}

void AtomicFile::discard() {
  if (descriptor < 0)
    return;
  if (!temporaryPath.empty())
    unlink(temporaryPath.c_str());
  close();
}

} // namespace v4rt

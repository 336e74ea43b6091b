#include "runtime/checkpoint/File.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace v4rt::checkpoint {

// Linux moves at most this much in one call.
static constexpr uint64_t kMaxTransfer = 0x7ffff000;

static bool fail(std::string &error, const std::string &what, const std::string &path) {
  error = what + " " + inQuotes(path) + ": " + std::strerror(errno);
  return false;
}

std::string inQuotes(std::string_view name) {
  constexpr size_t kLimit = 120;
  std::string text(name.substr(0, kLimit));
  for (char &c : text)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f')
      c = '?';
  return "'" + text + (name.size() > kLimit ? "...'" : "'");
}

File::File(File &&other) noexcept { *this = std::move(other); }

File &File::operator=(File &&other) noexcept {
  std::swap(path_, other.path_);
  std::swap(size_, other.size_);
  std::swap(modified_, other.modified_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

File::~File() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
}

bool File::open(const std::string &path, std::string &error) {
  File file;
  file.path_ = path;
  // A fifo would block in open until somebody writes to it.
  file.descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file.descriptor_ < 0)
    return fail(error, "cannot open", path);
  struct stat info;
  if (::fstat(file.descriptor_, &info) != 0)
    return fail(error, "cannot inspect", path);
  if (!S_ISREG(info.st_mode)) {
    error = inQuotes(path) + " is not a regular file";
    return false;
  }
  file.size_ = static_cast<uint64_t>(info.st_size);
  file.modified_ = int64_t(info.st_mtim.tv_sec) * 1000000000 + info.st_mtim.tv_nsec;
  *this = std::move(file);
  return true;
}

bool File::readAt(uint64_t offset, void *to, uint64_t bytes, std::string &error) const {
  auto *at = static_cast<char *>(to);
  while (bytes > 0) {
    ssize_t got = ::pread(descriptor_, at, std::min(bytes, kMaxTransfer), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return fail(error, "cannot read", path_);
    if (got == 0) {
      error = inQuotes(path_) + " ends at byte " + std::to_string(offset) + ", but " + std::to_string(bytes) +
              " more bytes are wanted";
      return false;
    }
    at += got;
    offset += static_cast<uint64_t>(got);
    bytes -= static_cast<uint64_t>(got);
  }
  return true;
}

void File::willNeed(uint64_t offset, uint64_t bytes) const {
  (void)::posix_fadvise(descriptor_, static_cast<off_t>(offset), static_cast<off_t>(bytes),
                        POSIX_FADV_WILLNEED); // a hint
}

bool readText(const std::string &path, uint64_t limit, std::string &text, std::string &error) {
  File file;
  if (!file.open(path, error))
    return false;
  if (file.size() > limit) {
    error = inQuotes(path) + " has " + std::to_string(file.size()) + " bytes, at most " +
            std::to_string(limit) + " are accepted";
    return false;
  }
  text.resize(file.size());
  return file.readAt(0, text.data(), text.size(), error);
}

} // namespace v4rt::checkpoint

// Files read and written by position, and files that appear whole or not at all.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace v4rt::checkpoint {

/// `'name'` for a message; what is longer than 120 bytes is cut.
std::string quoted(std::string_view name);

/// A file opened for reading. Reads are by position, so threads may share one.
class File {
public:
  File() = default;
  File(File &&other) noexcept;
  File &operator=(File &&other) noexcept;
  ~File();

  bool open(const std::string &path, std::string &error);
  /// Fails if the file ends before `offset + bytes`.
  bool readAt(uint64_t offset, void *to, uint64_t bytes, std::string &error) const;

  const std::string &path() const { return path_; }
  uint64_t size() const { return size_; }

private:
  std::string path_;
  uint64_t size_ = 0;
  int descriptor_ = -1;
};

/// Reads all of `path` unless it is larger than `limit` bytes.
bool readText(const std::string &path, uint64_t limit, std::string &text, std::string &error);

/// A file written under another name in the same folder. It takes its own name in `commit`, when all of it is
/// on the disk; without that it is removed, and what was at `path` before is untouched.
class NewFile {
public:
  NewFile() = default;
  NewFile(const NewFile &) = delete;
  NewFile &operator=(const NewFile &) = delete;
  ~NewFile();

  bool create(const std::string &path, std::string &error);
  /// Threads may write different places at the same time. Places never written read as zero.
  bool writeAt(uint64_t offset, const void *from, uint64_t bytes, std::string &error);
  bool commit(std::string &error);

private:
  std::string path_;
  std::string temporary_;
  int descriptor_ = -1;
};

} // namespace v4rt::checkpoint

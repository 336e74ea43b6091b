// Files read by position.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace v4rt::checkpoint {

/// `'name'` for a message: cut after 120 bytes, control characters as '?'.
std::string inQuotes(std::string_view name);

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

  /// Starts to read a range that will be wanted soon.
  void willNeed(uint64_t offset, uint64_t bytes) const;

  const std::string &path() const { return path_; }
  uint64_t size() const { return size_; }
  /// When it was last written, in nanoseconds since 1970.
  int64_t modified() const { return modified_; }

private:
  std::string path_;
  uint64_t size_ = 0;
  int64_t modified_ = 0;
  int descriptor_ = -1;
};

/// Reads all of `path` unless it is larger than `limit` bytes.
bool readText(const std::string &path, uint64_t limit, std::string &text, std::string &error);

} // namespace v4rt::checkpoint

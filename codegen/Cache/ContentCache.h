// Files on disk by the content of what they were made from.
#pragma once

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>

namespace mlir::v4 {

class ContentCache {
public:
  /// The folder is made on the first write; without a name nothing is cached.
  explicit ContentCache(std::string folder) : folder(std::move(folder)) {}

  /// $XDG_CACHE_HOME/v4c/`name`, or $HOME/.cache/v4c/`name`; empty if neither is set.
  static std::string folderOf(StringRef name);

  /// The SHA-256 of `content` in hexadecimal: the key of what is made from it.
  static std::string digest(StringRef content);

  /// Nothing if there is no entry, or none that is whole.
  std::optional<std::string> read(StringRef key) const;

  /// A cache that cannot be written is no error. Any number of processes may write at a time.
  void write(StringRef key, StringRef body) const;

  /// Removes the entries that were used least lately, beyond 2 GiB; looks at most every 20 minutes.
  void prune() const;

private:
  std::string path(StringRef key) const;

  std::string folder;
};

} // namespace mlir::v4

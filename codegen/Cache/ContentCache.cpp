#include "codegen/Cache/ContentCache.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/CachePruning.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>

namespace mlir::v4 {

static constexpr uint64_t kLargest = uint64_t(2) << 30;

std::string ContentCache::folderOf(StringRef name) {
  const char *cache = std::getenv("XDG_CACHE_HOME");
  if (cache && *cache)
    return (StringRef(cache) + "/v4c/" + name).str();
  const char *home = std::getenv("HOME");
  return home && *home ? (StringRef(home) + "/.cache/v4c/" + name).str() : std::string();
}

std::string ContentCache::digest(StringRef content) {
  return llvm::toHex(llvm::SHA256::hash(llvm::arrayRefFromStringRef(content)), /*LowerCase=*/true);
}

// By this prefix llvm::pruneCache knows its files.
std::string ContentCache::path(StringRef key) const { return (folder + "/llvmcache-" + key).str(); }

// An entry is the digest of its body, a line feed and the body.
std::optional<std::string> ContentCache::read(StringRef key) const {
  if (folder.empty())
    return std::nullopt;
  auto file = llvm::MemoryBuffer::getFile(path(key), /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file)
    return std::nullopt;
  auto [checksum, body] = (*file)->getBuffer().split('\n');
  if (checksum != digest(body))
    return std::nullopt;
  return body.str();
}

void ContentCache::write(StringRef key, StringRef body) const {
  if (folder.empty() || llvm::sys::fs::create_directories(folder))
    return;
  // Beside its final name, and renamed; not synced, for an entry that a crash damaged is none.
  llvm::consumeError(llvm::writeToOutput(path(key), [&](llvm::raw_ostream &file) {
    file << digest(body) << '\n' << body;
    return llvm::Error::success();
  }));
}

void ContentCache::prune() const {
  if (folder.empty())
    return;
  llvm::CachePruningPolicy policy;
  policy.Expiration = std::chrono::seconds(0);
  policy.MaxSizePercentageOfAvailableSpace = 0;
  policy.MaxSizeBytes = kLargest;
  llvm::pruneCache(folder, policy);
}

} // namespace mlir::v4

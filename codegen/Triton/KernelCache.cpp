#include "codegen/Triton/KernelCache.h"

#include "runtime/AtomicFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SHA256.h"

#include <cstdlib>

namespace mlir::v4 {

// An entry: the SHA-256 of all that follows, in hexadecimal, and a line feed; a line of JSON with the figures
// and the sizes of the parts; the parts.
static constexpr llvm::StringLiteral kFormat = "v4c kernel 1";

static std::string digest(StringRef text) {
  return llvm::toHex(llvm::SHA256::hash(llvm::arrayRefFromStringRef(text)), /*LowerCase=*/true);
}

std::string KernelCache::defaultFolder() {
  const char *cache = std::getenv("XDG_CACHE_HOME");
  if (cache && *cache)
    return std::string(cache) + "/v4c/kernels";
  const char *home = std::getenv("HOME");
  return home && *home ? std::string(home) + "/.cache/v4c/kernels" : std::string();
}

std::string KernelCache::key(StringRef ttir, const GpuTarget &target, unsigned warps, unsigned stages) {
  return digest((kFormat + "\n" + kTritonVersion + "\n" + target.name + "\n" + llvm::Twine(warps) + "\n" +
                 llvm::Twine(stages) + "\n" + ttir)
                    .str());
}

std::string KernelCache::path(StringRef key) const {
  return (folder + "/" + key.take_front(2) + "/" + key.drop_front(2)).str();
}

std::optional<GpuKernel> KernelCache::read(StringRef key) const {
  if (folder.empty())
    return std::nullopt;
  auto file = llvm::MemoryBuffer::getFile(path(key), /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file)
    return std::nullopt;
  auto [checksum, body] = (*file)->getBuffer().split('\n');
  if (checksum != digest(body))
    return std::nullopt;
  StringRef line = body.take_until([](char c) { return c == '\n'; });
  StringRef parts = body.drop_front(std::min(line.size() + 1, body.size()));
  llvm::Expected<llvm::json::Value> parsed = llvm::json::parse(line);
  llvm::json::Object *header = parsed ? parsed->getAsObject() : nullptr;
  if (!header) {
    llvm::consumeError(parsed.takeError());
    return std::nullopt;
  }

  GpuKernel kernel;
  bool whole = true;
  auto number = [&](StringRef name) -> uint64_t {
    std::optional<int64_t> value = header->getInteger(name);
    whole &= value && *value >= 0;
    return value.value_or(0);
  };
  auto part = [&](StringRef name) {
    uint64_t bytes = number(name);
    whole &= bytes <= parts.size();
    std::string text = parts.take_front(bytes).str();
    parts = parts.drop_front(text.size());
    return text;
  };
  kernel.entry = header->getString("entry").value_or("").str();
  kernel.ptxVersion = number("ptx_version");
  kernel.warps = number("warps");
  kernel.stages = number("stages");
  kernel.sharedBytes = number("shared");
  kernel.registers = number("registers");
  kernel.spillBytes = number("spills");
  kernel.ptx = part("ptx");
  kernel.cubin = part("cubin");
  kernel.metadata = part("metadata");
  kernel.source = GpuKernel::Source::cache;
  if (!whole || kernel.entry.empty())
    return std::nullopt;
  return kernel;
}

void KernelCache::write(StringRef key, const GpuKernel &kernel) const {
  if (folder.empty())
    return;
  std::string target = path(key);
  if (llvm::sys::fs::create_directories(StringRef(target).rsplit('/').first))
    return;
  llvm::json::Object header{{"entry", kernel.entry},
                            {"ptx_version", kernel.ptxVersion},
                            {"warps", kernel.warps},
                            {"stages", kernel.stages},
                            {"shared", kernel.sharedBytes},
                            {"registers", kernel.registers},
                            {"spills", kernel.spillBytes},
                            {"ptx", int64_t(kernel.ptx.size())},
                            {"cubin", int64_t(kernel.cubin.size())},
                            {"metadata", int64_t(kernel.metadata.size())}};
  std::string body;
  llvm::raw_string_ostream(body) << llvm::json::Value(std::move(header)) << '\n'
                                 << kernel.ptx << kernel.cubin << kernel.metadata;
  std::string text = digest(body) + "\n" + body;
  v4rt::AtomicFile file;
  if (!file.create(target).ok() || !file.writeAt(0, text.data(), text.size()).ok())
    return;
  (void)file.commit();
}

} // namespace mlir::v4

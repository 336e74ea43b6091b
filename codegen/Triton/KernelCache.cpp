#include "codegen/Triton/KernelCache.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::v4 {

// An entry: a line of JSON with the figures and the sizes of the parts; the parts.
static constexpr llvm::StringLiteral kFormat = "v4c kernel 2";

std::string KernelCache::key(StringRef ttir, const GpuTarget &target, unsigned warps, unsigned stages) {
  return ContentCache::digest((kFormat + "\n" + kTritonVersion + "\n" + target.name + "\n" +
                               llvm::Twine(warps) + "\n" + llvm::Twine(stages) + "\n" + ttir)
                                  .str());
}

std::optional<GpuKernel> KernelCache::read(StringRef key) const {
  std::optional<std::string> entry = files.read(key);
  if (!entry)
    return std::nullopt;
  StringRef body = *entry;
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
  files.write(key, body);
}

} // namespace mlir::v4

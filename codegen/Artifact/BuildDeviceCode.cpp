#include "codegen/Artifact/BuildDeviceCode.h"

#include "dialects/Tile/IR/TileDialect.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::v4 {

namespace {

// The driver reads an ELF where it lies.
constexpr uint64_t kAlignment = 64;

class Section {
public:
  // Where `text` lies in the section.
  uint64_t add(StringRef text) {
    if (text.empty())
      return 0;
    auto [place, isNew] = places.try_emplace(text, llvm::alignTo(bytes.size(), kAlignment));
    if (isNew) {
      bytes.resize(place->second);
      bytes += text;
    }
    return place->second;
  }

  std::string bytes;

private:
  llvm::StringMap<uint64_t> places;
};

// Instructions of PTX, by the beginnings of their names.
constexpr StringLiteral kPtx[] = {"wgmma.mma_async", "tcgen05.mma",   "tcgen05.ld",
                                  "mma.sync",        "cp.async.bulk", "cp.async.ca",
                                  "cp.async.cg",     "ldmatrix.sync", "fma.rn"};

using InstructionList = std::vector<std::unique_ptr<v4rt::format::InstructionsT>>;

void add(InstructionList &list, StringRef kind, uint32_t count) {
  auto entry = std::make_unique<v4rt::format::InstructionsT>();
  entry->kind = kind.str();
  entry->count = count;
  list.push_back(std::move(entry));
}

InstructionList countPtx(StringRef ptx) {
  uint32_t counts[std::size(kPtx)] = {};
  while (!ptx.empty()) {
    StringRef line;
    std::tie(line, ptx) = ptx.split('\n');
    line = line.trim();
    if (line.starts_with("@")) // a predicate
      line = line.split(' ').second.ltrim();
    for (auto [kind, count] : llvm::zip_equal(kPtx, counts))
      count += line.starts_with(kind);
  }
  InstructionList list;
  for (auto [kind, count] : llvm::zip_equal(kPtx, counts))
    if (count > 0)
      add(list, kind, count);
  return list;
}

} // namespace

void describeHostCode(const HostKernels &kernels, v4rt::format::ManifestT &manifest) {
  for (const auto &[kernel, entry] : llvm::zip_equal(kernels.kernels, manifest.kernels)) {
    for (const KernelCode &function : kernel.code) {
      auto code = std::make_unique<v4rt::format::KernelCodeT>();
      code->bytes = function.bytes;
      for (const auto &[kind, count] : function.instructions)
        add(code->instructions, kind, count);
      entry->code.push_back(std::move(code));
    }
  }
}

DeviceSection buildDeviceSection(const GpuKernels &kernels, StringRef architecture) {
  DeviceSection result;
  result.code = std::make_unique<v4rt::format::DeviceCodeT>();
  result.code->architecture = architecture.str();
  Section section;
  for (const GpuKernel &kernel : kernels.kernels) {
    auto entry = std::make_unique<v4rt::format::DeviceKernelT>();
    entry->entry = kernel.entry;
    entry->cubin_offset = section.add(kernel.cubin);
    entry->cubin_bytes = kernel.cubin.size();
    entry->warps = kernel.warps;
    entry->shared_bytes = kernel.sharedBytes;
    entry->registers = kernel.registers;
    entry->spill_bytes = kernel.spillBytes;
    entry->scratch_bytes = kernel.scratchBytes;
    entry->instructions = countPtx(kernel.ptx);
    result.code->ptx_version = std::max(result.code->ptx_version, kernel.ptxVersion);
    result.code->kernels.push_back(std::move(entry));
  }
  for (auto [kernel, entry] : llvm::zip_equal(kernels.kernels, result.code->kernels)) {
    entry->ptx_offset = section.add(kernel.ptx);
    entry->ptx_bytes = kernel.ptx.size();
  }
  result.bytes = std::move(section.bytes);
  return result;
}

DeviceSection describeDeviceKernels(ModuleOp module, StringRef architecture) {
  DeviceSection result;
  result.code = std::make_unique<v4rt::format::DeviceCodeT>();
  result.code->architecture = architecture.str();
  for (auto kernel : module.getOps<tile::KernelOp>()) {
    auto entry = std::make_unique<v4rt::format::DeviceKernelT>();
    entry->entry = kernel.getSymName().str();
    entry->warps = kernel->getAttrOfType<IntegerAttr>("tile.num_warps").getInt();
    entry->scratch_bytes = tile::placeScratch(kernel, [](tile::ScratchOp, int64_t) {});
    result.code->kernels.push_back(std::move(entry));
  }
  return result;
}

std::string summarize(const GpuKernels &kernels, StringRef architecture) {
  using Source = GpuKernel::Source;
  std::string counts;
  auto count = [&](Source source, const char *text) {
    if (size_t found = llvm::count_if(kernels.kernels, [&](auto &kernel) { return kernel.source == source; }))
      counts += (counts.empty() ? "" : ", ") + std::to_string(found) + text;
  };
  count(Source::compiled, " compiled");
  count(Source::cache, " from the cache");
  count(Source::override, " taken from the override folder");
  return std::to_string(kernels.kernels.size()) + " kernels for " + architecture.str() + ": " + counts;
}

} // namespace mlir::v4

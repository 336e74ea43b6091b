// Compiled kernels on disk, by what they were compiled from.
#pragma once

#include "codegen/Cache/ContentCache.h"
#include "codegen/Triton/GpuCodegen.h"

#include <optional>

namespace mlir::v4 {

class KernelCache {
public:
  explicit KernelCache(std::string folder) : files(std::move(folder)) {}

  // What a kernel's entry is called.
  static std::string key(StringRef ttir, const GpuTarget &target, unsigned warps, unsigned stages);

  // Nothing if there is no entry, or none that is whole.
  std::optional<GpuKernel> read(StringRef key) const;

  // A cache that cannot be written is no error.
  void write(StringRef key, const GpuKernel &kernel) const;

  void prune() const { files.prune(); }

private:
  ContentCache files;
};

} // namespace mlir::v4

// Compiled kernels on disk, by what they were compiled from.
#pragma once

#include "codegen/Triton/GpuCodegen.h"

#include <optional>

namespace mlir::v4 {

class KernelCache {
public:
  // The folder is made on the first write.
  explicit KernelCache(std::string folder) : folder(std::move(folder)) {}

  // $XDG_CACHE_HOME/v4c/kernels, or $HOME/.cache/v4c/kernels; empty if neither is set: nothing is cached
  // then.
  static std::string defaultFolder();

  // What a kernel's entry is called.
  static std::string key(StringRef ttir, const GpuTarget &target, unsigned warps, unsigned stages);

  // Nothing if there is no entry, or none that is whole.
  std::optional<GpuKernel> read(StringRef key) const;

  // A cache that cannot be written is no error.
  void write(StringRef key, const GpuKernel &kernel) const;

private:
  std::string path(StringRef key) const;

  std::string folder;
};

} // namespace mlir::v4

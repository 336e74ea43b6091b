// The compiled kernels of an artifact, for this processor.
#pragma once

#include "runtime/Artifact.h"
#include "runtime/cpu/CpuFeatures.h"
#include "runtime/format/KernelAbi.h"

#include <vector>

namespace v4rt::cpu {

/// The first variant whose features are all here, and what it prefers; `wanted`, if not empty, names the only
/// one to consider, whatever it prefers.
Status chooseVariant(const format::Manifest &manifest, const Features &features, const std::string &wanted,
                     const format::Variant *&variant);

class KernelLibrary {
public:
  KernelLibrary() = default;
  ~KernelLibrary();
  KernelLibrary(const KernelLibrary &) = delete;
  KernelLibrary &operator=(const KernelLibrary &) = delete;

  /// Chooses a variant (V4_CPU_VARIANT overrides) and links its kernels into the process. `artifact` must
  /// outlive this object.
  Status load(const ArtifactView &artifact);

  KernelFn kernel(uint32_t index) const { return kernels[index]; }
  const char *variant() const { return variantName; }

private:
  Status link(Bytes elf);

  void *handle = nullptr;
  int descriptor = -1;
  const char *variantName = nullptr;
  std::vector<KernelFn> kernels;
};

} // namespace v4rt::cpu

#include "codegen/Triton/GpuTarget.h"

#include "llvm/ADT/STLExtras.h"

namespace mlir::v4 {

llvm::ArrayRef<GpuTarget> gpuTargets() {
  static constexpr unsigned kKiB = 1024;
  static constexpr GpuTarget targets[] = {{"sm_80", 80, 163 * kKiB},
                                          {"sm_90a", 90, 227 * kKiB},
                                          {"sm_100a", 100, 227 * kKiB},
                                          {"sm_120", 120, 99 * kKiB}};
  return targets;
}

const GpuTarget *findGpuTarget(llvm::StringRef name) {
  auto *found = llvm::find_if(gpuTargets(), [&](const GpuTarget &target) { return target.name == name; });
  return found == gpuTargets().end() ? nullptr : found;
}

} // namespace mlir::v4

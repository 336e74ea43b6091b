// Facts about the GPUs that kernels are compiled for.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace mlir::v4 {

struct GpuTarget {
  llvm::StringRef name; // "sm_90a"
  unsigned capability;  // 90: compute capability 9.0
  unsigned sharedBytes; // that a program may have at most
};

llvm::ArrayRef<GpuTarget> gpuTargets();

// The target called `name`; null if there is none.
const GpuTarget *findGpuTarget(llvm::StringRef name);

} // namespace mlir::v4

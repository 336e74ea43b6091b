// The CPU exit: `tile.kernel` ops to one ELF shared object. Its symbols are "<kernel>.<variant>", functions
// of the type v4rt::KernelFn (runtime/format/KernelAbi.h).
#pragma once

#include "codegen/Host/Instructions.h"
#include "codegen/Target.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Support/LLVM.h"

#include <functional>
#include <string>

namespace mlir::v4 {

struct HostOptions {
  unsigned threads = 0; // 0: one for each core
  std::string
      dumpDir; // not empty: <kernel>.tile.mlir and, for each variant, <kernel>.<variant>.ll and .s go there
  // Called after each kernel, by one thread at a time.
  std::function<void(size_t done, size_t total, StringRef kernel)> progress;
};

struct HostKernels {
  struct KernelInfo {
    std::string name;
    SmallVector<KernelCode> code; // one for each variant
  };
  SmallVector<char> elf;
  SmallVector<KernelInfo> kernels; // in the order of the module
};

// Dialects and translations that compileKernels needs in the module's context.
void registerHostDialects(DialectRegistry &registry);

// Compiles every `tile.kernel` directly inside `module`, which stays as it is. The same kernels and variants
// give the same bytes. Errors are emitted on the kernels.
FailureOr<HostKernels> compileKernels(ModuleOp module, ArrayRef<HostVariant> variants,
                                      const HostOptions &options = {});

} // namespace mlir::v4

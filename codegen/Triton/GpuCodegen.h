// The PTX exit: `tile.kernel` ops to cubins and PTX, by Triton's compiler in Python processes of its own.
#pragma once

#include "codegen/Triton/GpuTarget.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Support/LLVM.h"

#include <functional>
#include <string>
#include <vector>

namespace mlir::v4 {

// The one version whose IR we print; `v4c` accepts no other.
constexpr llvm::StringLiteral kTritonVersion = "3.6.0";

struct GpuOptions {
  GpuTarget target;
  unsigned threads = 0; // Python processes; 0: one for each core
  // Not empty: <kernel>.tile.mlir, .ttir, .ptx, .cubin, .sass and .json (Triton's metadata) go there.
  std::string dumpDir;
  // Not empty: a <kernel>.cubin or .ptx with a <kernel>.json there is taken instead of the compiled kernel.
  std::string overrideDir;
  std::string cacheDir; // empty: $XDG_CACHE_HOME/v4c/kernels, or $HOME/.cache/v4c/kernels
  // Empty: $V4C_TRITON_PYTHON, or bin/python in $V4C_TRITON_HOME, or in what tools/install-deps.sh makes.
  std::string python;
  // Called after each kernel, by one thread at a time.
  std::function<void(size_t done, size_t total, StringRef kernel)> progress;
};

struct GpuKernel {
  std::string name;  // of the `tile.kernel`
  std::string entry; // symbol in `cubin` and `ptx`
  std::string ptx;   // empty: an override without it
  std::string cubin;
  std::string metadata;    // what Triton's launcher reads, JSON
  unsigned ptxVersion = 0; // 87: PTX ISA 8.7
  unsigned warps = 0, stages = 0, sharedBytes = 0;
  unsigned registers = 0;   // a thread
  unsigned spillBytes = 0;  // a thread: the largest of spill stores, spill loads and the stack frame
  int64_t scratchBytes = 0; // of workspace, a program
  enum class Source { compiled, cache, override } source = Source::compiled;
};

struct GpuKernels {
  std::vector<GpuKernel> kernels; // in the order of the module
};

// Dialects that compileGpuKernels needs in the module's context.
void registerGpuDialects(DialectRegistry &registry);

// Compiles every `tile.kernel` directly inside `module`, which stays as it is. The attributes
// `tile.num_warps` (4) and `tile.num_stages` (3) of a kernel are Triton's options; fewer stages are taken if
// that many need more shared memory than the target has. Errors are emitted on the kernels.
FailureOr<GpuKernels> compileGpuKernels(ModuleOp module, const GpuOptions &options);

} // namespace mlir::v4

// LLVM IR of a kernel to machine code for one variant.
#pragma once

#include "codegen/Cache/ContentCache.h"
#include "codegen/Target.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"

namespace mlir::v4 {

struct CompiledKernel {
  llvm::SmallVector<char, 0> object;
  std::string ir, assembly; // only if asked for
};

// Compiles `module`, which becomes optimised for `variant` unless `objects` has what it would compile to.
// Every function that it offers is called by its name and the variant's: "<kernel>.<variant>". `withText`
// asks for all of the result, which the cache has not.
llvm::Expected<CompiledKernel> emitObject(llvm::Module &module, const HostVariant &variant, bool withText,
                                          const ContentCache &objects);

} // namespace mlir::v4

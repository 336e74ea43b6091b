// LLVM IR of a kernel to machine code for one variant.
#pragma once

#include "codegen/Target.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"

namespace mlir::v4 {

struct CompiledKernel {
  llvm::SmallVector<char, 0> object;
  std::string ir, assembly; // only if asked for
};

// Compiles `module`, which becomes optimised for `variant`. Every function that it defines is offered under
// its name and the variant's: "<kernel>.<variant>".
llvm::Expected<CompiledKernel> emitObject(llvm::Module &module, const HostVariant &variant, bool withText);

} // namespace mlir::v4

// Joins object files into one shared object by running LLVM's linker.
#pragma once

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mlir::v4 {

// A symbol that is another name for one that an object has.
struct SymbolAlias {
  std::string name, target;
};

// Links `objects` in their order. The bytes depend on nothing else. The result needs no library; it may call
// memcpy, memmove and memset, and fails to link if it would call anything more.
llvm::Expected<SmallVector<char>> linkSharedObject(ArrayRef<SmallVector<char, 0>> objects,
                                                   ArrayRef<SymbolAlias> aliases = {});

} // namespace mlir::v4

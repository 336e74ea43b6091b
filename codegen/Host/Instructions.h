// What the machine code of a kernel is made of; for reports, decides nothing.
#pragma once

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <utility>

namespace mlir::v4 {

struct FunctionCode {
  uint64_t bytes = 0;
  // "vfmadd zmm": packed multiply-adds of any operand order and sign; "vdpbf16ps zmm": dot products, by name;
  // "other zmm": the rest by its widest register; "scalar". In this order, wide before narrow, none that is
  // 0.
  llvm::SmallVector<std::pair<std::string, uint32_t>> instructions;
};

// The functions that the shared object `elf` offers under `names`, in their order.
llvm::Expected<SmallVector<FunctionCode>> describeFunctions(ArrayRef<char> elf, ArrayRef<std::string> names);

} // namespace mlir::v4

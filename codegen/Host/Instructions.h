// What the machine code of a kernel is made of; for reports, decides nothing.
#pragma once

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <utility>

namespace mlir::v4 {

struct KernelCode {
  uint64_t bytes = 0;
  // "vfmadd zmm": packed multiply-adds of any operand order and sign; "vdpbf16ps zmm": dot products, by name;
  // "other zmm": the rest by its widest register; "scalar". In this order, wide before narrow, none that is
  // 0.
  llvm::SmallVector<std::pair<std::string, uint32_t>> instructions;
};

// All code of `object`, a relocatable ELF file.
llvm::Expected<KernelCode> describeCode(ArrayRef<char> object);

} // namespace mlir::v4

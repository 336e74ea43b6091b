// Kernels that take the place of compiled ones.
#pragma once

#include "codegen/Triton/GpuCodegen.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Error.h"

#include <optional>

namespace mlir::v4 {

// Reads <name>.json with <name>.cubin or <name>.ptx, or both, in `folder`; nothing if neither of the latter
// is there. The JSON is Triton's metadata: name, num_warps, shared. The figures of the assembler are left 0,
// and so is a missing cubin.
llvm::Expected<std::optional<GpuKernel>> readOverride(StringRef folder, StringRef name,
                                                      const GpuTarget &target);

// Fails if `folder` has the code of a kernel that is not among `names`: nothing would take it.
llvm::Error checkOverrides(StringRef folder, const llvm::StringSet<> &names);

} // namespace mlir::v4

// Runs single passes and pipelines on IR of any phase: the tool of the lit tests.
#include "tools/v4-opt/Registration.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Debug.h"

#include <cstdlib>

// The shared LLVM is built without `--debug-only`; V4C_DEBUG=v4-fuse-kernels,... takes its place in our debug
// builds.
#ifndef NDEBUG
static void enableDebugOutput() {
  const char *types = std::getenv("V4C_DEBUG");
  if (!types)
    return;
  llvm::DebugFlag = true;
  // LLVM keeps the pointers.
  static llvm::SmallVector<std::string> names;
  llvm::SmallVector<llvm::StringRef> parts;
  llvm::StringRef(types).split(parts, ',', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef part : parts)
    names.push_back(part.str());
  llvm::SmallVector<const char *> pointers;
  for (const std::string &name : names)
    pointers.push_back(name.c_str());
  llvm::setCurrentDebugTypes(pointers.data(), pointers.size());
}
#endif

int main(int argc, char **argv) {
#ifndef NDEBUG
  enableDebugOutput();
#endif
  mlir::DialectRegistry registry;
  mlir::v4::registerAll(registry);
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "v4c's pass driver\n", registry));
}

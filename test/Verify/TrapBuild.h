// Artifacts with a mistake in them, made as v4c makes honest ones but for a change on the way.
#pragma once

#include "codegen/Import/ImportModel.h"
#include "dialects/Rt/IR/RtDialect.h"
#include "dialects/Tile/IR/TileDialect.h"
#include "runtime/format/artifact_generated.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <functional>

namespace v4test {

/// What is changed where; null: nothing.
struct Change {
  std::function<void(mlir::v4::ModelConfig &)> config;     // before the import
  std::function<void(mlir::func::FuncOp)> step;            // the imported model
  std::function<void(mlir::ModuleOp)> kernels;             // after the phase `tile`
  std::function<void(v4rt::format::ManifestT &)> manifest; // of the finished artifact
};

/// Compiles the fixture for the CPU, one kernel variant that every machine has; the path of the artifact,
/// empty after a failure of the test.
std::string buildArtifact(const std::string &fixture, const std::string &numerics, const std::string &name,
                          const Change &change);

/// The op whose result (the first, unless suffixed) has this name; null, and a failure of the test, if there
/// is none.
mlir::Operation *findOp(mlir::func::FuncOp step, llvm::StringRef name);

template <typename Op> Op find(mlir::func::FuncOp step, llvm::StringRef name) {
  return mlir::dyn_cast_or_null<Op>(findOp(step, name));
}

/// Gives the kernel of that value a body of its own in every program, and changes it.
void changeKernel(mlir::ModuleOp module, llvm::StringRef value,
                  llvm::function_ref<void(mlir::tile::KernelOp)> change);

} // namespace v4test

// A planned module (phase `plan`) becomes the manifest of an artifact.
#pragma once

#include "codegen/Target.h"
#include "mlir/IR/BuiltinOps.h"
#include "runtime/format/artifact_generated.h"

#include <string>

namespace mlir::v4 {

/// Describes the kernels of `module` by name, the memory, the packing recipes and the programs. Errors are
/// emitted on the ops. The same module gives the same manifest.
LogicalResult buildManifest(ModuleOp module, ArrayRef<HostVariant> variants,
                            v4rt::format::ManifestT &manifest);

} // namespace mlir::v4

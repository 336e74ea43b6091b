// A checkpoint becomes a module of `v4` ops: one function, the step of a ragged batch.
#pragma once

#include "codegen/Import/Config.h"
#include "codegen/Import/Inventory.h"

#include "dialects/V4/IR/V4Dialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <string>
#include <vector>

namespace mlir::v4 {

struct ImportOptions {
  /// Positions that a sequence can have; 0: those of the model, but no more than 8192.
  int64_t maxContext = 0;
  /// Tokens of the largest step. Rings are so many rows larger than what is looked back on.
  int64_t maxStepTokens = 128;
  /// "reference" or "hf", and options that differ from it, as "kv_quant=none".
  std::string numerics = "reference";
  std::vector<std::string> numericsOptions;
  /// Kernels multiply with units for bf16 matrices, so what is exact in bf16 is kept in it.
  bool matrixUnits = false;
};

/// Imports `checkpoint` as
///
///     func.func @step(tokens, slots, positions : tensor<?xi32>, logit_rows: tensor<?xi32>) ->
///     tensor<?xVxf32>
///
/// with the states and weights named by ops at the top. An op is located at its place in the model
/// (`loc("layers.0.attn.q")`). The module's attribute `v4.model` is a dictionary of what the manifest says
/// about the model. A checkpoint without weights is taken to be stored as published.
///
/// On failure `error` is a sentence for a person. `notes`, if given, gets sentences on what was left out.
FailureOr<OwningOpRef<ModuleOp>> importModel(MLIRContext &context,
                                             const v4rt::checkpoint::Checkpoint &checkpoint,
                                             const ImportOptions &options, std::string &error,
                                             std::vector<std::string> *notes = nullptr);

/// The same for a config and an inventory that were read before; `options` must be valid and complete,
/// `numerics` are those that they ask for.
OwningOpRef<ModuleOp> buildModule(MLIRContext &context, const ModelConfig &config, const Inventory &inventory,
                                  llvm::StringRef configText, const ImportOptions &options,
                                  NumericsAttr numerics);

} // namespace mlir::v4

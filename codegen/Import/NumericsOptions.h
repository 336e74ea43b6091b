// The numerics that a person asks for: a profile and options that differ from it.
#pragma once

#include "dialects/V4/IR/V4Dialect.h"

#include <string>
#include <vector>

namespace mlir::v4 {

/// `profile` is "reference" or "hf"; a setting is "option=value", e.g. "kv_quant=none", a later one wins. On
/// failure `error` is a sentence for a person.
FailureOr<NumericsAttr> parseNumerics(MLIRContext &context, llvm::StringRef profile,
                                      const std::vector<std::string> &settings, std::string &error);

/// "reference", or "reference, kv_quant=none" with options.
std::string describeNumerics(NumericsAttr numerics);

} // namespace mlir::v4

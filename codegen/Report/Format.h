// Numbers and names as text.
#pragma once

#include "llvm/ADT/StringRef.h"

#include <string>

namespace mlir::v4 {

/// For text between tags and in attributes.
std::string escapeHtml(llvm::StringRef text);

std::string fixedText(double value, int digits);
/// Four digits and a unit: "31.46 GB".
std::string unitText(double value, llvm::StringRef unit);
/// "0.25", "50k", "1.5M": short enough for an axis.
std::string tickText(double value);
/// "48.85 B": billions, as parameters are counted.
std::string countText(double value);
/// "4k", "1M", "1000": powers of two where they are exact.
std::string contextText(double context);

/// What a table is in, by its largest figure.
struct Scale {
  const char *words;
  const char *prefix;
  double factor;
};

Scale scaleOf(double largest);

} // namespace mlir::v4

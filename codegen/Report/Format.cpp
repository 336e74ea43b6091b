#include "codegen/Report/Format.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

namespace mlir::v4 {

using llvm::format;
using llvm::StringRef;

std::string escapeHtml(StringRef text) {
  std::string safe;
  for (unsigned char c : text) {
    if (c == '&' || c == '<' || c == '>' || c == '"' || c == '\'' || c < ' ')
      safe += "&#" + std::to_string(c < ' ' ? ' ' : c) + ";";
    else
      safe += c;
  }
  return safe;
}

std::string fixedText(double value, int digits) {
  std::string text;
  llvm::raw_string_ostream(text) << format("%.*f", digits, value);
  return text;
}

namespace {

std::string prefixedText(double value, llvm::ArrayRef<const char *> prefixes) {
  unsigned prefix = 0;
  while (value >= 999.95 && prefix + 1 < prefixes.size())
    value /= 1000, ++prefix;
  int digits = prefix == 0 ? 0 : value < 10 ? 3 : value < 100 ? 2 : 1;
  return fixedText(value, digits) + " " + prefixes[prefix];
}

} // namespace

std::string unitText(double value, StringRef unit) {
  return prefixedText(value, {"", "k", "M", "G", "T", "P"}) + unit.str();
}

std::string countText(double value) { return prefixedText(value, {"", "k", "M", "B", "T"}); }

std::string tickText(double value) {
  constexpr const char *prefixes[] = {"", "k", "M", "G", "T", "P"};
  unsigned prefix = 0;
  while (value >= (prefix ? 1000 : 10000) && prefix + 1 < std::size(prefixes))
    value /= 1000, ++prefix;
  std::string text;
  llvm::raw_string_ostream(text) << format("%.4g%s", value, prefixes[prefix]);
  return text;
}

std::string contextText(double context) {
  constexpr double kKilo = 1 << 10, kMega = 1 << 20;
  char text[32];
  if (context >= kMega && std::fmod(context, kMega) == 0)
    snprintf(text, sizeof text, "%.0fM", context / kMega);
  else if (context >= kKilo && std::fmod(context, kKilo) == 0)
    snprintf(text, sizeof text, "%.0fk", context / kKilo);
  else
    snprintf(text, sizeof text, "%.0f", context);
  return text;
}

Scale scaleOf(double largest) {
  for (Scale scale : {Scale{"billions", "G", 1e9}, Scale{"millions", "M", 1e6}})
    if (largest >= scale.factor)
      return scale;
  return {"thousands", "k", 1e3};
}

} // namespace mlir::v4

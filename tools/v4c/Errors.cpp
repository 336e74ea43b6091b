#include "tools/v4c/Errors.h"

#include "mlir/IR/Location.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

namespace v4c {

using namespace mlir;

/// "layers.3.attn.q", or where in a file; empty if it says nothing.
static std::string describe(Location loc) {
  if (auto name = dyn_cast<NameLoc>(loc))
    return name.getName().str();
  if (auto file = dyn_cast<FileLineColLoc>(loc))
    return (file.getFilename().getValue() + ":" + Twine(file.getLine()) + ":" + Twine(file.getColumn()))
        .str();
  if (auto fused = dyn_cast<FusedLoc>(loc)) {
    // One place is enough to find the op.
    for (Location part : fused.getLocations())
      if (std::string text = describe(part); !text.empty())
        return text;
  }
  return "";
}

/// Diagnostics may hold several lines; a sentence has one.
static std::string oneLine(const Diagnostic &diagnostic) {
  std::string text = diagnostic.str();
  for (char &c : text)
    if (c == '\n')
      c = ' ';
  return text;
}

void Errors::listenTo(MLIRContext &context) {
  context.getDiagEngine().registerHandler([this](Diagnostic &diagnostic) {
    std::lock_guard lock(mutex);
    std::string where = describe(diagnostic.getLocation());
    if (printsRemarks && diagnostic.getSeverity() == DiagnosticSeverity::Remark)
      fprintf(stderr, "v4c: remark: %s%s%s\n", where.c_str(), where.empty() ? "" : ": ",
              oneLine(diagnostic).c_str());
    if (diagnostic.getSeverity() != DiagnosticSeverity::Error || !first.empty())
      return;
    first = where.empty() ? oneLine(diagnostic) : where + ": " + oneLine(diagnostic);
    for (const Diagnostic &note : diagnostic.getNotes())
      first += " (" + oneLine(note) + ")";
  });
}

bool Errors::add(const std::string &sentence) {
  std::lock_guard lock(mutex);
  if (first.empty())
    first = sentence;
  return false;
}

std::string Errors::sentence() const {
  return first.empty() ? "the compiler failed without a message" : first;
}

} // namespace v4c

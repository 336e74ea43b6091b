// What went wrong, as one sentence: the first error of the compiler, with its notes.
#pragma once

#include "mlir/IR/Diagnostics.h"

#include <mutex>
#include <optional>
#include <string>

namespace v4c {

class Errors {
public:
  /// Takes the diagnostics of `context`, which must not outlive this. Remarks are printed or dropped,
  /// warnings dropped.
  void listenTo(mlir::MLIRContext &context);

  /// Adds an error of the driver's own; always false.
  bool add(const std::string &sentence);

  /// "layers.3.attn.q: 'v4.rope' op ...". Never empty.
  std::string sentence() const;

  bool printsRemarks = false;

private:
  std::mutex mutex; // passes run on several threads
  std::string first;
};

} // namespace v4c

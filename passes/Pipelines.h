// The phases of the compiler: one table that drives `v4c --compile-to`, `--dump-phases`, the pipelines of
// v4-opt and docs/phases.md.
#pragma once

#include "mlir/Pass/PassManager.h"

#include <string>

namespace mlir::v4 {

struct Phase {
  StringLiteral name;
  StringLiteral summary;
  /// Adds the phase's passes; null where a phase is no pass: the importer, and what leaves the IR.
  void (*build)(OpPassManager &manager);
};

/// In the order in which they run.
ArrayRef<Phase> getPhases();

/// Null if there is none of that name.
const Phase *findPhase(StringRef name);

/// Position in the order, from 1; `phase` is one of getPhases().
unsigned getNumber(const Phase &phase);

/// Adds the phase's passes and the check of what it guarantees.
void buildPhase(OpPassManager &manager, const Phase &phase);

/// The name under which --dump-phases writes the module: "model.3.fuse.mlir".
std::string getDumpName(const Phase &phase);

/// The phase that wrote a dumped file of this name; null if the name is no such.
const Phase *findDumpedPhase(StringRef fileName);

/// `v4-phase-<name>` for every phase.
void registerPhasePipelines();

/// docs/phases.md.
std::string writePhasesPage();

} // namespace mlir::v4

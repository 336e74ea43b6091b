// Compiles tile kernels from text and runs them in this process.
#pragma once

#include "codegen/Host/HostCodegen.h"
#include "mlir/IR/MLIRContext.h"
#include "runtime/format/KernelAbi.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace v4test {

// The kernels of a module for one variant.
class LoadedKernels {
public:
  LoadedKernels(void *library, std::string variant) : library(library), variant(std::move(variant)) {}

  // Runs all programs of `grid`, in two uneven calls.
  void run(const std::string &kernel, std::vector<void *> buffers, std::array<int64_t, 3> grid = {1, 1, 1},
           int64_t rows = 1) const;
  const std::string &name() const { return variant; }

private:
  void *library;
  std::string variant;
};

struct Compiled {
  mlir::FailureOr<mlir::v4::HostKernels> kernels = mlir::failure();
  std::string diagnostics;
};

// Compiles `text` for every variant.
Compiled compile(const std::string &text, unsigned threads = 0);

// Compiles `text` and calls `check` for every variant that this machine can run.
void forEachVariant(const std::string &text, const std::function<void(const LoadedKernels &)> &check);

// Distance in units in the last place; 0 for equal values and for two NaNs.
double ulps(float got, double wanted);

} // namespace v4test

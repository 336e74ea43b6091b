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

  // Runs all programs of `grid`, in two uneven calls. Nothing of it may reach beyond its memory.
  void run(const std::string &kernel, std::vector<void *> buffers, std::array<int64_t, 3> grid = {1, 1, 1},
           int64_t rows = 1) const;
  // The same for a kernel of the simulated device, with buffers of so many bytes: what it notes.
  v4rt::KernelFault runChecked(const std::string &kernel, std::vector<void *> buffers,
                               std::vector<int64_t> bytes, std::array<int64_t, 3> grid = {1, 1, 1},
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

// Compiles `text` for every variant, or for those given.
Compiled compile(const std::string &text, unsigned threads = 0,
                 llvm::ArrayRef<mlir::v4::HostVariant> variants = mlir::v4::hostVariants());

// Compiles `text` for the simulated device and calls `check`, if this machine can run that.
void forSimulator(const std::string &text, const std::function<void(const LoadedKernels &)> &check);

// Compiles `text` and calls `check` for every variant that this machine can run, and for the simulated
// device.
void forEachVariant(const std::string &text, const std::function<void(const LoadedKernels &)> &check);

// Numbers between -2 and 2, the same for the same seed.
std::vector<float> randomFloats(size_t count, uint32_t seed);

// `rows` rows of `columns` words of `unit` elements each, as panels of equal width: [panels, rows, columns /
// panels].
template <typename T>
std::vector<T> inPanels(const std::vector<T> &words, int rows, int columns, int panels, int unit = 1) {
  size_t width = size_t(columns / panels) * unit;
  std::vector<T> packed;
  for (int panel = 0; panel < panels; ++panel)
    for (int row = 0; row < rows; ++row) {
      auto from = words.begin() + (size_t(row) * panels + panel) * width;
      packed.insert(packed.end(), from, from + width);
    }
  return packed;
}

// Distance in units in the last place; 0 for equal values and for two NaNs.
double ulps(float got, double wanted);

} // namespace v4test

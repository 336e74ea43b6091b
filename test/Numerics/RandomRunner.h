// Runs functions of `rt.launch` ops with kernels that were compiled in this process: what the runtime does,
// without a plan. Every buffer is memory of its own, filled with NaN, in front of a page that must not be
// touched.
#pragma once

#include "codegen/Host/HostCodegen.h"
#include "dialects/V4/Reference/Tensor.h"
#include "test/Numerics/RandomWeights.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <memory>

namespace v4test {

/// Variants of kernels that this machine can run.
std::vector<mlir::v4::HostVariant> runnableVariants();

/// Bytes of NaN; what lies behind them up to a page that faults has to stay as it is.
class GuardedMemory {
public:
  explicit GuardedMemory(size_t bytes);
  GuardedMemory(const GuardedMemory &) = delete;
  ~GuardedMemory();

  uint8_t *data() const { return begin; }
  size_t size() const { return bytes; }
  /// Whether nothing was written behind the end.
  bool isWhole() const;

private:
  size_t bytes, mapped;
  uint8_t *base, *begin;
};

/// The kernels of one module, loaded.
class KernelLibrary {
public:
  /// Null, with a test failure, if the kernels do not compile or load.
  static std::unique_ptr<KernelLibrary> compile(mlir::ModuleOp module, const mlir::v4::HostVariant &variant);
  ~KernelLibrary();

  void *find(llvm::StringRef kernel) const;
  const std::string variant;
  const size_t kernels;

private:
  KernelLibrary(std::string variant, size_t kernels) : variant(std::move(variant)), kernels(kernels) {}
  int file = -1;
  void *library = nullptr;
};

/// What a step gave: its observed values by name and the function's results, one row a row of the step.
struct StepValues {
  std::map<std::string, mlir::v4::reference::Tensor> observed;
  std::vector<mlir::v4::reference::Tensor> results;
};

/// One model with the states of its sequences; several functions may share it.
class StepRunner {
public:
  StepRunner(const KernelLibrary &kernels, RandomWeights &weights, int64_t slots)
      : kernels(kernels), weights(weights), slots(slots) {}

  /// Runs `function` once. Arguments are tokens, slots, positions, logit rows, then any tensors of rows. An
  /// error is not empty and says what happened.
  std::string run(mlir::func::FuncOp function, const std::vector<mlir::v4::reference::Tensor> &arguments,
                  StepValues &values);

  /// Rows [0, count) of a slot of the state of this name.
  mlir::v4::reference::Tensor stateRows(const std::string &name, int64_t slot, int64_t count) const;

private:
  struct State {
    int64_t rows, width;
    mlir::Type element;
    std::unique_ptr<GuardedMemory> memory;
  };
  struct Packed {
    std::unique_ptr<GuardedMemory> elements, scales;
  };
  class Frame;

  State &state(mlir::v4::StateOp op);
  Packed &weight(mlir::v4::WeightOp op);

  const KernelLibrary &kernels;
  RandomWeights &weights;
  int64_t slots;
  std::map<std::string, State> states;
  std::map<std::string, Packed> packed; // by name and layout
};

} // namespace v4test

// Packed weight matrices as tiles of f32, whatever format they are stored in.
#pragma once

#include "passes/ModelToTile/KernelBuilder.h"

namespace mlir::v4 {

/// Rows of activations that are multiplied: columns [column, column + inputs) of rows of `memory`.
struct Factor {
  Value memory;
  SmallVector<Value, 2> leading; // offsets but the last
  Value column = {};             // null: 0
};

/// A matrix packed in panels (#v4.layout<panel, ..>) or in rows (<rows, ..>), or one expert's of a stack, as
/// `op` multiplies it: `panel()` outputs at a time.
class WeightTiles {
public:
  /// `expert` (index) picks a matrix of a stack.
  WeightTiles(KernelBuilder &k, Operation *op, Value weight, Value expert = {});

  int64_t panel() const { return panelWidth; }
  int64_t panels() const { return llvm::divideCeil(type.getOutputs(), panelWidth); }
  int64_t inputs() const { return type.getInputs(); }
  int64_t outputs() const { return type.getOutputs(); }

  /// [rows, panel] products of `rows` input rows with panel `panelIndex`. Every element is one chain of
  /// multiply-adds over ascending inputs. Block-scaled weights in panels, and all with float32 scales, make
  /// one chain a block and add the scaled blocks in ascending order.
  Value multiply(Value panelIndex, int64_t rows, const Factor &input) const;

private:
  Value loadInput(const Factor &input, Value offset, ArrayRef<int64_t> shape, bool masked) const;
  SmallVector<Value> withExpert(ArrayRef<Value> offsets) const;

  // WeightPanels.cpp
  Value multiplyPanel(Value panelIndex, int64_t rows, const Factor &input) const;
  Value loadTile(Value panelIndex, Value offset, int64_t width) const;
  /// Scales of block `block` (a range of inputs), one for each output of the panel, as [rows, panel].
  Value loadScales(Value panelIndex, Value block, int64_t rows) const;
  Value chain(Value panelIndex, Value first, int64_t count, int64_t rows, const Factor &input) const;

  // WeightRows.cpp
  Value multiplyRows(Value panelIndex, int64_t rows, const Factor &input) const;
  Value addProducts(Value firstOutput, Value offset, int64_t width, bool masked, Value b, Value acc) const;
  Value loadScaleBytes(Value firstOutput, Value offset, int64_t width, bool masked) const;

  /// `scaleOf(block of outputs)` of each of the panel's outputs from `first` on: [panel].
  Value scalesOfOutputs(Value first, function_ref<Value(Value blockRow)> scaleOf) const;

  KernelBuilder &k;
  WeightType type;
  Value memory, scales, expert;
  int64_t panelWidth;
  bool inRows;
};

/// Type of the memory of a packed weight, and of its packed scales (null without scales).
MemRefType getWeightMemoryType(WeightOp weight);
MemRefType getScaleMemoryType(WeightOp weight);

} // namespace mlir::v4

// Packed weight matrices as tiles of f32, whatever format they are stored in.
#pragma once

#include "passes/ModelToTile/KernelBuilder.h"

namespace mlir::v4 {

/// A matrix packed in panels of `panel()` outputs (#v4.layout<panel, ..>), or one expert's matrix of a stack.
class WeightTiles {
public:
  /// `expert` (index) picks a matrix of a stack.
  WeightTiles(KernelBuilder &k, Value weight, Value expert = {});

  int64_t panel() const { return panelWidth; }
  int64_t panels() const { return llvm::divideCeil(type.getOutputs(), panelWidth); }
  int64_t inputs() const { return type.getInputs(); }
  int64_t outputs() const { return type.getOutputs(); }

  /// [rows, panel] products of `rows` input rows with panel `panelIndex`; `input` gives [rows, width] of the
  /// inputs. Every element is one chain of multiply-adds over ascending inputs; block-scaled weights make one
  /// chain a block and add the scaled blocks in ascending order.
  Value multiply(Value panelIndex, int64_t rows,
                 function_ref<Value(Value offset, int64_t width)> input) const;

private:
  Value loadTile(Value panelIndex, Value offset, int64_t width) const;
  /// Scales of block `block` (a range of inputs), one for each output of the panel, as [rows, panel].
  Value loadScales(Value panelIndex, Value block, int64_t rows) const;
  Value chain(Value panelIndex, Value first, int64_t count, int64_t rows,
              function_ref<Value(Value, int64_t)> input) const;
  SmallVector<Value> withExpert(ArrayRef<Value> offsets) const;

  KernelBuilder &k;
  WeightType type;
  Value memory, scales, expert;
  int64_t panelWidth;
};

/// Type of the memory of a packed weight, and of its packed scales (null without scales).
MemRefType getWeightMemoryType(WeightOp weight);
MemRefType getScaleMemoryType(WeightOp weight);

} // namespace mlir::v4

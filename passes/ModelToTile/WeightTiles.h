// Packed weight matrices as tiles of f32, whatever format they are stored in.
#pragma once

#include "passes/ModelToTile/KernelBuilder.h"

namespace mlir::v4 {

/// Rows of activations that are multiplied: columns [column, column + inputs) of rows of `memory`.
struct Factor {
  Value memory;
  SmallVector<Value, 2> leading; // offsets but the last
  Value column = {};             // null: 0
  bool isPrepared = false;       // by WeightTiles::prepare
};

/// Rows of activations one by one: columns [column, column + inputs) of the rows at `offsets(i)`.
struct ManyRows {
  Value memory;
  std::function<SmallVector<Value>(Value i)> offsets; // all but the last
  Value column = {};                                  // null: 0
};

/// A matrix packed in panels (#v4.layout<panel, ..>) or in rows (<rows, ..>), or one expert's of a stack, as
/// `op` multiplies it: `panel()` outputs at a time.
class WeightTiles {
public:
  /// `expert` (index) picks a matrix of a stack.
  WeightTiles(KernelBuilder &k, Operation *op, Value weight, Value expert = {});

  /// Of a stack in digits: what is multiplied by next is `panel` of `expert`, whose first words are fetched
  /// with the last ones of the panel before.
  void comesNext(Value expert, Value panel) { nextExpert = expert, nextPanel = panel; }

  int64_t panel() const { return panelWidth; }
  int64_t panels() const { return llvm::divideCeil(type.getOutputs(), panelWidth); }
  int64_t inputs() const { return type.getInputs(); }
  int64_t outputs() const { return type.getOutputs(); }

  /// [rows, panel] products of `rows` input rows with panel `panelIndex`. Every element is one chain of
  /// multiply-adds over ascending inputs. Block-scaled weights in panels, and all with float32 scales, make
  /// one chain a block and add the scaled blocks in ascending order. Of an op with `digits` rows come in
  /// them, and a block is summed exactly (DigitProducts.cpp).
  Value multiply(Value panelIndex, int64_t rows, const Factor &input) const;

  /// The products of one row with all panels, each [1, panel]. For few outputs, whose sums registers can
  /// hold.
  SmallVector<Value> multiplyAll(const Factor &input) const;

  /// The row as `multiply` takes it, here and with weights of the same sizes and types: in f32, and not to be
  /// scaled for each vector of outputs.
  Factor prepare(const Factor &input) const;

  struct Panel {
    const WeightTiles &weight;
    Value index;
  };
  /// The same products of `count` rows, at most `k.rowTile`, with some panels of weights of the same sizes
  /// and types: for each memory [rowTile, panel] of the program's own. Weights are decoded once for all rows,
  /// rows are copied once for all panels.
  static SmallVector<Value> multiplyMany(ArrayRef<Panel> panels, Value count, const ManyRows &input);

private:
  Value loadInput(const Factor &input, Value offset, ArrayRef<int64_t> shape, bool masked) const;
  SmallVector<Value> withExpert(ArrayRef<Value> offsets) const;
  /// Offsets of row `row` of a panel, or of panels abreast.
  SmallVector<Value> inPanel(Value panelIndex, Value row, Value column) const;

  // WeightPanels.cpp
  Value multiplyPanel(Value panelIndex, const Factor &input) const; // one row
  /// What rows have to be multiplied by before, and sums after: decoded numbers can be too small.
  double factor() const;
  /// Inputs [offset, offset + width) of the panel's outputs [column, column + outputs) as [width, outputs] of
  /// f32.
  Value loadTile(Value panelIndex, Value offset, int64_t width, int64_t column, int64_t outputs) const;
  /// Scales of block `block` (a range of inputs), one for each output of the panel.
  Value loadScales(Value panelIndex, Value block) const;
  Value chain(Value panelIndex, Value first, int64_t count, const Factor &input) const;
  SmallVector<Value> chains(ArrayRef<Value> panelIndices, Value first, int64_t count,
                            const Factor &input) const;

  tile::Format wordFormat() const;
  int64_t numbersInWord() const;
  Value loadStoredScales(Value panelIndex, Value block) const;
  Value loadWords(Value panelIndex, Value offset, int64_t width) const;
  Value addPanelProducts(Value panelIndex, Value at, int64_t width, Value x, Value acc) const;

  // ManyRows.cpp
  void multiplyOneByOne(Value panelIndex, Value count, const ManyRows &input, Value sums) const;
  void addPiece(Value panelIndex, Value x, Value count, Value first, int64_t inputs, Value sums) const;
  void widenInto(Value memory, Value panelIndex, Value first, int64_t inputs) const;
  void copyRows(Value memory, Value count, const ManyRows &input, Value first, int64_t inputs) const;

  // DigitProducts.cpp
  void addDigitBlock(Value panelIndex, Value block, Value x, SmallVector<Value> row, Value column, Value sums,
                     Value count, Value rows = {}) const;
  Value multiplyDigits(Value panelIndex, const Factor &input) const;
  void multiplyManyDigits(Value panelIndex, Value count, const ManyRows &input, Value sums) const;

  // WeightRows.cpp
  Value multiplyRows(Value panelIndex, int64_t rows, const Factor &input) const;
  Value addProducts(Value firstOutput, Value offset, int64_t width, bool masked, Value b, Value acc) const;
  Value loadScaleBytes(Value firstOutput, Value offset, int64_t width, bool masked) const;

  /// `scaleOf(block of outputs)` of each of the panel's outputs from `first` on: [panel].
  Value scalesOfOutputs(Value first, function_ref<Value(Value blockRow)> scaleOf) const;

  KernelBuilder &k;
  WeightType type;
  Value memory, scales, expert;
  Value nextExpert, nextPanel; // null: the panel after the one that is multiplied by
  int64_t panelWidth;
  WeightLayout kind;
  bool abreast; // several panels at a time
  bool digits;
};

/// Type of the memory of a packed weight, and of its packed scales (null without scales).
MemRefType getWeightMemoryType(WeightOp weight);
MemRefType getScaleMemoryType(WeightOp weight);

} // namespace mlir::v4

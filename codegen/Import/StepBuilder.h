// What the importer's families share: the function under construction, its declarations and short forms of
// ops.
#pragma once

#include "codegen/Import/ImportModel.h"
#include "dialects/V4/IR/V4Dialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

namespace mlir::v4 {

/// Rotations of a step's rows.
struct RopeTable {
  Value cos;
  Value sin;
};

class StepBuilder {
public:
  /// Starts the function at the end of `module` and makes the rotary tables.
  StepBuilder(ModuleOp module, const ModelConfig &config, const Inventory &inventory,
              const ImportOptions &options, NumericsAttr numerics);

  // Types of a row: `wideRows({H, d})` is tensor<?xHxdxf32>, `rows` the same of the activations' type.
  RankedTensorType rows(ArrayRef<int64_t> shape) { return rowsOf(shape, "activations"); }
  RankedTensorType wideRows(ArrayRef<int64_t> shape);
  /// bf16 or f32, as the numerics option says.
  RankedTensorType rowsOf(ArrayRef<int64_t> shape, llvm::StringRef option);
  RankedTensorType ids(ArrayRef<int64_t> shape);
  Location at(const Twine &name);
  FloatAttr number(double value) { return builder.getF64FloatAttr(value); }

  // Declarations; they go to the top of the function, so that any op may be moved before any other.
  Value weight(const Twine &name, std::optional<int64_t> idsBelow = {});
  Value ring(const Twine &name, int64_t lookBack, int64_t width, Type element);
  Value entries(const Twine &name, int64_t ratio, int64_t width);

  /// Entries of `ratio` tokens that a sequence can have; at least 1, for states are never empty.
  int64_t capacity(int64_t ratio) const { return std::max<int64_t>(options.maxContext / ratio, 1); }

  bool has(llvm::StringRef option, llvm::StringRef value) const {
    return numerics.getOption(option) == value;
  }
  /// `input` as the input of a linear map by `weight`: quantised for weights that are. Blocks lie along the
  /// last dimension of `shape`, by default that of the input.
  Value quantised(Value input, Value weight, ArrayRef<int64_t> shape = {});
  Value linear(const Twine &name, Value input, const Twine &weightName, RankedTensorType type);
  Value linear(const Twine &name, Value input, const Twine &weightName, ArrayRef<int64_t> shape) {
    return linear(name, input, weightName, rows(shape));
  }
  Value rmsNorm(const Twine &name, Value input, const Twine &weightName);
  Value rope(const Twine &name, Value input, RopeTable table);
  void ringWrite(Value input, Value ring);

  /// Rotation by each row's own position in layers of this ratio.
  RopeTable table(int64_t ratio) const { return ratio ? compressTable : mainTable; }
  /// Rotation by the first position of the block that a row closes.
  RopeTable entryTable(int64_t ratio) const { return entryTables.lookup(ratio); }

  const ModelConfig &config;
  const NumericsAttr numerics;
  OpBuilder builder; // at the end of the function
  func::FuncOp function;
  Value tokens, slots, positions, logitRows;

private:
  RopeTable makeTable(const Twine &name, bool compressed, int64_t offset);

  const Inventory &inventory;
  const ImportOptions &options;
  OpBuilder declarations;
  RopeTable mainTable, compressTable;
  llvm::DenseMap<int64_t, RopeTable> entryTables;
  llvm::DenseMap<Value, Value> quantisedInputs; // several linear maps share one
};

/// One layer's attention: `input` [T, D] -> [T, D]. `prefix` is "layers.0.attn.".
Value importAttention(StepBuilder &step, const std::string &prefix, int64_t layer, Value input);

/// One layer's router and experts: `input` [T, D] -> [T, D]. `prefix` is "layers.0.ffn.".
Value importFeedForward(StepBuilder &step, const std::string &prefix, int64_t layer, Value input);

} // namespace mlir::v4

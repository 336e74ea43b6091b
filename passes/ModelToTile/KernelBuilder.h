// Builds the body of a tile kernel from the ops of a `v4.kernel`.
//
// Every activation is a buffer [rows, elements of a row] in memory; an op's emitter reads its operands'
// buffers and writes its results' buffers for the rows (and the head or outputs) that the program is
// responsible for. Sizes are static, so loops over them run in full tiles and end with one smaller tile; no
// lane is ever masked for them.
#pragma once

#include "dialects/Tile/IR/TileDialect.h"
#include "dialects/V4/IR/V4Dialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/Schedule/ScheduleTable.h"

namespace mlir::v4 {

/// Rows that go to one expert, as numbers row * choices + choice.
struct RoutedRows {
  Value numbers; // i32 memory [rows, 1]; null: programs have rows [firstRow, ..), in order
  Value count;
  int64_t choices = 0;
  Value tile;        // of an expert's outputs
  int64_t tiles = 0; // of an expert
};

class KernelBuilder {
public:
  KernelBuilder(OpBuilder &builder, Location loc, const TargetFacts &target, ScheduleAttr schedule)
      : builder(builder), loc(loc), target(target), schedule(schedule) {}

  OpBuilder &builder;
  Location loc;
  const TargetFacts &target;
  ScheduleAttr schedule;

  /// Elements that row programs take at a time.
  int64_t lanes() const { return schedule.getLanes(); }
  /// Keys that attention and index scoring take at a time.
  int64_t keys() const { return schedule.getKeys(); }

  Value row;       // the row of a row, head or entries program
  Value head;      // head programs: the head whose op is being emitted; null in row programs
  Value firstHead; // head programs: first of `headTile` heads
  int64_t headTile = 0;
  Value tileIndex; // outputs: number of the tile inside the op's own range; entries: number of the entry tile
  Value firstRow;  // outputs, entries of a CPU: first row of the program
  int64_t rowTile = 1; // outputs, entries: rows of a program
  RoutedRows routed;   // outputs of experts: the rows of the program's expert

  /// Whether rows are multiplied by `WeightTiles::multiplyMany`.
  bool takesManyRows() const { return rowTile > 1 && !target.isGpu(); }
  /// How many rows the program has.
  Value rowCount();

  // Memory
  // ---------------------------------------------------------------------------------------------------
  void bind(Value value, Value memory) { memories[value] = memory; }
  void bindScale(Value weight, Value memory) { scales[weight] = memory; }
  Value memory(Value value) const { return memories.lookup(value); }
  Value scaleMemory(Value weight) const { return scales.lookup(weight); }

  // Scalars
  // --------------------------------------------------------------------------------------------------
  Value index(int64_t value);
  Value i32(int64_t value);
  Value f32(double value);
  Value add(Value a, Value b);
  Value sub(Value a, Value b);
  Value mul(Value a, Value b);
  Value div(Value a, Value b); // unsigned quotient of indices
  Value rem(Value a, Value b);
  Value less(Value a, Value b); // signed, indices or integers
  Value toIndex(Value i32Value);
  Value toI32(Value indexValue);
  /// Element of an i32 buffer of one element a row, as an index.
  Value rowId(Value ids, Value row);

  // Tiles
  // ----------------------------------------------------------------------------------------------------
  RankedTensorType tileType(ArrayRef<int64_t> shape, Type element);
  RankedTensorType f32Tile(ArrayRef<int64_t> shape) { return tileType(shape, builder.getF32Type()); }
  Value load(Value memory, ValueRange offsets, ArrayRef<int64_t> shape, bool masked = false);
  /// Rows of panels that lie side by side (tile.load_panels).
  Value loadPanels(Value memory, ValueRange offsets, ArrayRef<int64_t> shape);
  /// Loads and widens bf16 to f32.
  Value loadF32(Value memory, ValueRange offsets, ArrayRef<int64_t> shape, bool masked = false);
  /// A factor of a product: bf16 as it is where matrix units take it, everything else widened to f32.
  Value loadFactor(Value memory, ValueRange offsets, ArrayRef<int64_t> shape, bool masked = false);
  Value loadScalar(Value memory, ValueRange offsets);
  Value loadScalarF32(Value memory, ValueRange offsets);
  /// Stores of f32 to bf16 memory round.
  void store(Value tile, Value memory, ValueRange offsets, bool masked = false);
  void storeScalar(Value value, Value memory, ValueRange offsets);
  /// The elements of a row tile one below the other.
  void storeColumn(Value tile, Value memory, ValueRange offsets);
  /// f32 memory of the program's own.
  Value scratch(ArrayRef<int64_t> shape);
  /// The program's memory of that name and shape, the same each time: for values that do not outlive an op's
  /// work.
  Value programMemory(StringRef name, ArrayRef<int64_t> shape, Type element = {});
  /// Rows `rows` of a state's slot, `width` elements from `column` on; zero rows where the number is
  /// negative.
  Value gather(Value memory, ValueRange leading, Value rows, Value column, int64_t width);
  /// As it is stored.
  Value gatherFactor(Value memory, ValueRange leading, Value rows, Value column, int64_t width);
  /// Memory of rows of `heads` * `size` elements as [row, heads, size].
  Value viewHeads(Value memory, int64_t heads, int64_t size);
  Value splat(Value scalar, ArrayRef<int64_t> shape);
  Value constant(double value, ArrayRef<int64_t> shape);
  Value iota(int64_t size);
  Value broadcast(Value tile, ArrayRef<int64_t> shape, int64_t along);
  Value reduce(tile::ReduceKind kind, Value tile);
  Value transpose(Value tile);
  Value dot(Value a, Value b, Value acc);
  /// The same of factors of which one may be bf16 and one f32.
  Value dotFactors(Value a, Value b, Value acc);
  Value widenBF16(Value a);
  /// tile.dot_rows for a CPU: `acc`[i, :] += `x`[i, :] `w` for rows i < `count`, or with the columns of `x`
  /// for its rows; of these from `column` on (null: 0).
  void dotRows(Value x, Value w, Value acc, Value count, Value column = {}, bool turned = false);
  /// `count`, or some rows more that dot_rows, which takes so many together, does in the same time.
  Value wholeDotRows(Value count, int64_t together);

  // Elementwise, scalars or tiles of one type
  // ------------------------------------------------------------------
  Value addf(Value a, Value b);
  Value subf(Value a, Value b);
  Value mulf(Value a, Value b);
  Value divf(Value a, Value b);
  Value fma(Value a, Value b, Value c);
  Value maxf(Value a, Value b);
  Value minf(Value a, Value b);
  Value exp(Value a);
  Value sigmoid(Value a); // 1 / (1 + exp(-a))
  /// Rounded to what BF16 holds, and f32 again.
  Value roundBF16(Value a);
  /// 1 / sqrt(sum / size + eps)
  Value inverseRms(Value sum, int64_t size, APFloat eps);
  /// A scalar or tile of the type of `like` with one value.
  Value constantLike(Value like, double value);

  // Loops (KernelLoops.cpp)
  // ----------------------------------------------------------------------------------------------------
  using TileBody = function_ref<void(Value offset, int64_t width)>;
  using TileValue = function_ref<Value(Value offset, int64_t width)>;
  using CarryBody = function_ref<SmallVector<Value>(Value i, ValueRange carried)>;
  /// Runs `body` for [0, size) in tiles of `width`, then once for what is left.
  void forTiles(int64_t size, int64_t width, TileBody body);
  /// scf.for from `begin` to `end`; returns what the last iteration carries.
  SmallVector<Value> forLoop(Value begin, Value end, Value step, ValueRange init, CarryBody body);
  void forEach(Value begin, Value end, function_ref<void(Value i)> body);
  /// Sum of the elements of `value`'s tiles over [0, size).
  Value sumTiles(int64_t size, TileValue value);
  /// Sum of squares of `size` elements from `offsets`.
  Value sumOfSquares(Value memory, Value row, Value column, int64_t size);
  void ifThen(Value condition, function_ref<void()> body);
  /// outputs: the program's rows one after the other; for routed ones `tileIndex` is that of the row's
  /// choice.
  void forRows(function_ref<void(Value row)> body);
  /// outputs: the panels of `width` outputs that the program computes, tile `tile` of `op`'s.
  void forPanels(Operation *op, Value tile, int64_t width, function_ref<void(Value panel)> body);
  /// Copies `size` elements, times `factor`.
  void copy(Value from, ArrayRef<Value> fromOffsets, Value to, ArrayRef<Value> toOffsets, int64_t size,
            double factor = 1);

private:
  DenseMap<Value, Value> memories;
  DenseMap<Value, Value> scales;
  DenseMap<std::pair<StringAttr, Type>, Value> programMemories;
};

/// Rows that `tile.dot_rows` works on together: memory with room for a multiple of so many is used best.
inline constexpr int64_t kDotRows = 6;

/// Product of the dimensions after the first.
int64_t rowElements(Value tensor);

/// Outputs of a tile of `op`'s products with `weight`: a panel, or what the schedule says of weights in rows.
int64_t getProductTile(Operation *op, Value weight);

/// Outputs that a program of an output op computes, and how many such programs there are.
int64_t getOutputTile(Operation *op);
int64_t getOutputTiles(Operation *op);

// Emitters, one file an op family.

// NormOps.cpp
void emitRmsNorm(KernelBuilder &kernel, RmsNormOp op);
void emitHeadNorm(KernelBuilder &kernel, HeadNormOp op);
// QuantiseOps.cpp
void emitFakeQuantise(KernelBuilder &kernel, FakeQuantiseOp op);
void emitHadamard(KernelBuilder &kernel, HadamardOp op);
// RopeOps.cpp
void emitRopeTable(KernelBuilder &kernel, RopeTableOp op);
void emitRope(KernelBuilder &kernel, RopeOp op);
void emitGroupHeads(KernelBuilder &kernel, GroupHeadsOp op);
// HyperConnectionOps.cpp
void emitHcExpand(KernelBuilder &kernel, HcExpandOp op);
void emitHcPre(KernelBuilder &kernel, HcPreOp op);
void emitHcPost(KernelBuilder &kernel, HcPostOp op);
void emitHcHead(KernelBuilder &kernel, HcHeadOp op);
// StateOps.cpp
void emitEmbed(KernelBuilder &kernel, EmbedOp op);
void emitGatherRows(KernelBuilder &kernel, GatherRowsOp op);
void emitScale(KernelBuilder &kernel, ScaleOp op);
void emitRingWrite(KernelBuilder &kernel, RingWriteOp op);
void emitEntryWrite(KernelBuilder &kernel, EntryWriteOp op);
void emitCompress(KernelBuilder &kernel, CompressOp op);
// IndexerOps.cpp
void emitIndexScores(KernelBuilder &kernel, IndexScoresOp op);
void emitIndexTopk(KernelBuilder &kernel, IndexTopkOp op);
// AttentionOps.cpp
void emitWindowAttention(KernelBuilder &kernel, WindowAttentionOp op);
void emitCsaAttention(KernelBuilder &kernel, CsaAttentionOp op);
void emitHcaAttention(KernelBuilder &kernel, HcaAttentionOp op);
// RouteOps.cpp
void emitRoute(KernelBuilder &kernel, RouteOp op);
void emitHashRoute(KernelBuilder &kernel, HashRouteOp op);
// LinearOps.cpp, ExpertOps.cpp
void emitLinear(KernelBuilder &kernel, LinearOp op);
void emitGroupedLinear(KernelBuilder &kernel, GroupedLinearOp op);
void emitAdd(KernelBuilder &kernel, AddOp op);
void emitExpertUp(KernelBuilder &kernel, ExpertUpOp op);
void emitExpertDown(KernelBuilder &kernel, ExpertDownOp op);
void emitSharedUp(KernelBuilder &kernel, SharedUpOp op);

} // namespace mlir::v4

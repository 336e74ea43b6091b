// Writes a kernel's body as loops over tiles in memory: what the files of this folder share.
//
// A tile is a piece of the program's own memory, row after row; every op is a loop nest over it. Tiles of a
// GPU schedule are far larger than registers, and this makes small code of them at any size. i1 is kept as a
// byte.
#pragma once

#include "dialects/Tile/IR/TileDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::v4 {

/// A tile's elements, `rows` rows of `columns`.
struct TileStorage {
  Value base; // !llvm.ptr
  Type element;
  int64_t rows, columns;

  int64_t size() const { return rows * columns; }
};

/// Memory that accesses go to.
struct AccessedMemory {
  Value base;       // !llvm.ptr
  MemRefType type;  // the shape that offsets are for
  Value bytes;      // index: how many there are from `base` on
  int64_t argument; // of the kernel; -1: scratch memory
};

class LoopEmitter {
public:
  LoopEmitter(ImplicitLocOpBuilder &b, Value frame) : b(b), frame(frame) {}

  /// Emits the ops of `block` but its terminator.
  LogicalResult emit(Block &block);

  ImplicitLocOpBuilder &b;
  IRMapping scalars;
  DenseMap<Value, AccessedMemory> memories;
  DenseMap<Operation *, int64_t> scratchOffsets;
  Value program, rows, fault, scratch; // of the program that runs
  Value ids[3];
  /// Bytes of the frame that the tiles need.
  int64_t frameBytes = 0;

private:
  // LoopEmitter.cpp: control flow
  LogicalResult emitOp(Operation *op);
  LogicalResult emitFor(scf::ForOp op);
  LogicalResult emitIf(scf::IfOp op);
  LogicalResult emitWhile(scf::WhileOp op);

  // Storage.cpp
  TileStorage allocate(RankedTensorType type);
  TileStorage allocate(Type element, int64_t rows, int64_t columns);
  const TileStorage &tile(Value value) const { return tiles.find(value)->second; }
  const TileStorage &define(Value value); // allocates
  Value address(Value base, Type element, Value number);
  Value load(const TileStorage &from, Value number, int64_t width);
  void store(Value value, const TileStorage &to, Value number);
  Value loadAt(Value address, Type element, int64_t width);
  void storeAt(Value value, Value address);
  void copy(const TileStorage &from, const TileStorage &to);
  Value index(int64_t value) { return arith::ConstantIndexOp::create(b, value); }
  Value add(Value x, Value y) { return arith::AddIOp::create(b, x, y); }
  Value mul(Value x, int64_t y) { return arith::MulIOp::create(b, x, index(y)); }
  void forEach(int64_t count, int64_t step, function_ref<void(Value)> body);
  Value splat(Value scalar, int64_t width);
  /// Elements that loops over `size` of them take at a time.
  static int64_t chunk(int64_t size);

  SmallVector<Value> lookup(OperandRange values) const {
    return llvm::map_to_vector(values, [&](Value value) { return scalars.lookup(value); });
  }

  // AccessOps.cpp
  struct Place {
    Value element; // number of the first one, index
    Value inside;  // i1: all of the access is
    Value columns; // index: how many columns from the first one on there are
  };
  Place place(const AccessedMemory &memory, ValueRange offsets, int64_t rows, int64_t columns, bool masked);
  void reportFault(const AccessedMemory &memory, Value element, Value inside);
  void checked(const AccessedMemory &memory, const Place &place, function_ref<void()> access,
               function_ref<void()> otherwise);
  void fill(const TileStorage &to);
  void loadChecked(const AccessedMemory &memory, ValueRange offsets, const TileStorage &to, bool masked);
  LogicalResult emitLoad(tile::LoadOp op);
  /// Rows of one panel, or of panels side by side.
  void loadWords(const AccessedMemory &memory, ValueRange offsets, const TileStorage &to);
  LogicalResult emitLoadPanels(tile::LoadPanelsOp op);
  void storeChecked(const TileStorage &from, const AccessedMemory &memory, ValueRange offsets, bool masked);
  LogicalResult emitStore(tile::StoreOp op);
  LogicalResult emitGather(tile::GatherOp op);
  LogicalResult emitLoadScalar(tile::LoadScalarOp op);
  LogicalResult emitStoreScalar(tile::StoreScalarOp op);

  // ValueOps.cpp: one element from one element
  LogicalResult emitElementwise(Operation *op);
  LogicalResult emitConstant(arith::ConstantOp op);
  void emitBroadcast(tile::BroadcastOp op);
  void emitTranspose(tile::TransposeOp op);
  void emitIota(tile::IotaOp op);
  void emitDeinterleave(tile::DeinterleaveOp op);
  void emitInterleave(tile::InterleaveOp op);

  // ProductOps.cpp: sums, and what is multiplied
  void emitReduce(tile::ReduceOp op);
  void emitDot(tile::DotOp op);
  void emitDotRows(tile::DotRowsOp op);
  void emitDotRowsWords(tile::DotRowsWordsOp op);
  struct RowsProduct;
  void addRows(const RowsProduct &product);
  void emitScaledDot(tile::ScaledDotOp op);
  void emitDotWords(tile::DotWordsOp op);
  void emitWiden(tile::WidenOp op);
  void widen(const TileStorage &from, tile::Format format, const TileStorage &to);
  void addProducts(const TileStorage &a, const TileStorage &b, const TileStorage &acc);

  // DigitOps.cpp
  void emitSplitDigits(tile::SplitDigitsOp op);
  void emitDotDigits(tile::DotDigitsOp op);
  void emitDotCodes(tile::DotCodesOp op);

  DenseMap<Value, TileStorage> tiles;
  Value frame;
  int64_t frameTop = 0;
};

} // namespace mlir::v4

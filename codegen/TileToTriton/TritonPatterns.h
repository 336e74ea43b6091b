// The conversion's patterns by op family, and what they share.
#pragma once

#include "dialects/Tile/IR/TileDialect.h"
#include "dialects/Triton/IR/TritonDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Transforms/DialectConversion.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::v4 {

// memref<...xT> -> !tt.ptr<T>, index -> i64, tensor<3x48xT> -> tensor<4x64xT>; all else stays.
struct TritonTypeConverter : TypeConverter {
  TritonTypeConverter();
};

RankedTensorType paddedType(RankedTensorType tile);
bool isPadded(RankedTensorType tile);

// Builds the ops that most patterns need. Tensors are padded ones throughout.
struct TritonBuilder : ImplicitLocOpBuilder {
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;

  Value constant(Type type, int64_t value);
  Value constantFloat(Type type, double value);
  Value zero(Type type);
  Value splat(Type type, Value value);
  // 0, 1, ... of i32, along dimension `dim` of a tensor of `shape`, and constant along the other one.
  Value range(ArrayRef<int64_t> shape, unsigned dim);
  // A tensor of rank 1 along dimension `dim` of a tensor of `shape`.
  Value spread(Value row, ArrayRef<int64_t> shape, unsigned dim);
  Value both(Value x, Value y); // and; either may be null

  // True inside `tile`'s own sizes, false where it is padded; null if it is not padded along any of `dims`.
  Value insideMask(RankedTensorType tile, ArrayRef<unsigned> dims);
  // `value` where it is inside, `neutral` where `tile` is padded along one of `dims`.
  Value fillPadding(Value value, RankedTensorType tile, ArrayRef<unsigned> dims, Value neutral);
};

// Whether the padding of this value (before its conversion) is zero after it: that of loads is.
bool hasZeroPadding(Value tile);

// Marks quotients of index arithmetic in `kernel` with what divides them (`tt.divisibility`): Triton knows
// sums and products, but of a quotient nothing, and then loads bytes one by one.
void markDivisibility(tile::KernelOp kernel);

void populateTritonMemoryPatterns(const TypeConverter &converter, RewritePatternSet &patterns);
void populateTritonElementwisePatterns(const TypeConverter &converter, RewritePatternSet &patterns);
void populateTritonContractionPatterns(const TypeConverter &converter, RewritePatternSet &patterns,
                                       unsigned capability);
void populateTritonWidenPatterns(const TypeConverter &converter, RewritePatternSet &patterns,
                                 unsigned capability);

// `bytes` decoded exactly, to f32 or bf16 elements.
Value decodeE4M3(TritonBuilder &b, Value bytes, Type element, unsigned capability);
Value decodeE8M0(TritonBuilder &b, Value bytes, Type element);
// Numbers in the low and in the high nibble of each byte.
std::pair<Value, Value> decodeE2M1(TritonBuilder &b, Value bytes, Type element);

// Where each `tile.scratch` of the kernel is in the program's workspace.
struct ScratchLayout {
  explicit ScratchLayout(tile::KernelOp kernel);
  llvm::MapVector<Operation *, int64_t> offsets;
  int64_t bytes = 0;
};

} // namespace mlir::v4

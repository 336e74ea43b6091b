// The conversion's patterns by op family, and what they share.
#pragma once

#include "dialects/Tile/IR/TileDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/DialectConversion.h"

namespace mlir::v4 {

// memref<...> -> !llvm.ptr, tensor<CxT> -> vector<CxT>, tensor<RxCxT> -> R times vector<CxT>; all else stays.
struct TileTypeConverter : TypeConverter {
  TileTypeConverter();
};

// The rows that `tile` is kept as.
int64_t rowCount(RankedTensorType tile);
VectorType rowType(RankedTensorType tile);

// What the processors of a variant have.
struct HostShape {
  unsigned vectorBits;
  bool sumsBytes = false; // AVX-512 VNNI
  bool dotsBf16 = false;  // AVX-512 BF16

  int64_t lanes() const { return vectorBits / 32; }     // of f32
  bool vectors512() const { return vectorBits == 512; } // and with them 32 registers instead of 16
};

// A pattern whose operands and results are rows: `convert` returns those of the op's only result.
template <typename Op> struct RowPattern : OpConversionPattern<Op> {
  using Adaptor = typename OpConversionPattern<Op>::OneToNOpAdaptor;
  using OpConversionPattern<Op>::OpConversionPattern;

  virtual FailureOr<SmallVector<Value>> convert(Op op, Adaptor adaptor,
                                                ConversionPatternRewriter &rewriter) const = 0;

  LogicalResult matchAndRewrite(Op op, Adaptor adaptor, ConversionPatternRewriter &rewriter) const final {
    FailureOr<SmallVector<Value>> rows = convert(op, adaptor, rewriter);
    if (failed(rows))
      return failure();
    rewriter.replaceOpWithMultiple(op, {*rows});
    return success();
  }
};

// The address of the element at `offsets` of `memory`, which begins at `base`.
Value elementAddress(OpBuilder &builder, Location loc, MemRefType memory, Value base,
                     ArrayRef<Value> offsets);

// The values of operands that became one value each.
SmallVector<Value> single(ArrayRef<ValueRange> ranges);

// Vectors side by side.
Value joinVectors(OpBuilder &builder, Location loc, ArrayRef<Value> pieces);

// Memory on the stack of the function that `builder` is in, at a multiple of a cache line.
Value stackMemory(OpBuilder &builder, Location loc, Type element, int64_t count);

// Replaces `op` by a call of the function `name` beside its kernel, which `body` fills if there is none yet.
// Kernels multiply the same shapes many times, and one such product is more code than all else of a kernel.
void replaceByCall(Operation *op, StringRef name, ValueRange arguments, RewriterBase &rewriter,
                   function_ref<void(ValueRange arguments)> body);

// tile.load, tile.store, tile.gather and the scalar ones.
void populateMemoryPatterns(const TypeConverter &converter, RewritePatternSet &patterns);
// tile.load_panels.
void populatePanelPatterns(const TypeConverter &converter, RewritePatternSet &patterns);
// arith and math on tiles, constants, tile.splat, tile.broadcast, tile.iota, tile.interleave and its reverse.
void populateElementwisePatterns(const TypeConverter &converter, RewritePatternSet &patterns);
// tile.dot, tile.reduce.
void populateContractionPatterns(const TypeConverter &converter, RewritePatternSet &patterns);
// tile.transpose of squares.
void populateTransposePatterns(const TypeConverter &converter, RewritePatternSet &patterns);
// tile.dot_rows.
void populateDotRowsPatterns(const TypeConverter &converter, RewritePatternSet &patterns,
                             const HostShape &shape);
// tile.dot_rows_words.
void populateDotRowsWordsPatterns(const TypeConverter &converter, RewritePatternSet &patterns,
                                  const HostShape &shape);
// tile.split_digits.
void populateSplitDigitsPatterns(const TypeConverter &converter, RewritePatternSet &patterns);
// tile.dot_digits.
void populateDotDigitsPatterns(const TypeConverter &converter, RewritePatternSet &patterns,
                               const HostShape &shape);
// tile.dot_codes.
void populateDotCodesPatterns(const TypeConverter &converter, RewritePatternSet &patterns,
                              const HostShape &shape);
// tile.dot_words, and tile.widen of words.
void populateWordPatterns(const TypeConverter &converter, RewritePatternSet &patterns,
                          const HostShape &shape);
// tile.widen of bytes.
void populateWidenPatterns(const TypeConverter &converter, RewritePatternSet &patterns);

} // namespace mlir::v4

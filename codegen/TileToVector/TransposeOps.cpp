// tile.transpose of squares, in registers.
#include "codegen/TileToVector/TilePatterns.h"

#include "llvm/Support/MathExtras.h"

namespace mlir::v4 {
namespace {

struct ConvertTranspose final : RowPattern<tile::TransposeOp> {
  using RowPattern::RowPattern;

  // To put row i and row i + n / 2 together, lane by lane, moves every element's row and column number one
  // bit on, as one number of both. After log2(n) times rows have become columns.
  FailureOr<SmallVector<Value>> convert(tile::TransposeOp op, Adaptor adaptor,
                                        ConversionPatternRewriter &rewriter) const override {
    RankedTensorType type = op.getInput().getType();
    int64_t n = type.getDimSize(0);
    if (type.getRank() != 2 || type.getDimSize(1) != n || !llvm::isPowerOf2_64(n))
      return rewriter.notifyMatchFailure(op, "is not a square of a power of two");
    SmallVector<int64_t> low, high;
    for (int64_t lane = 0; lane < n / 2; ++lane) {
      low.append({lane, n + lane});
      high.append({n / 2 + lane, n + n / 2 + lane});
    }
    SmallVector<Value> rows = llvm::to_vector(adaptor.getInput());
    for (int64_t step = 1; step < n; step *= 2) {
      SmallVector<Value> next;
      for (int64_t i = 0; i < n / 2; ++i)
        for (ArrayRef<int64_t> lanes : {ArrayRef(low), ArrayRef(high)})
          next.push_back(vector::ShuffleOp::create(rewriter, op.getLoc(), rows[i], rows[i + n / 2], lanes));
      rows = next;
    }
    return rows;
  }
};

} // namespace

void populateTransposePatterns(const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<ConvertTranspose>(converter, patterns.getContext());
}

} // namespace mlir::v4

// split-carried-vectors: of vectors that loops carry each has a power of two of elements.
#include "codegen/TileToVector/Passes.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::v4 {
#define GEN_PASS_DEF_SPLITCARRIEDVECTORS
#include "codegen/TileToVector/Passes.h.inc"

namespace {

int64_t numberOf(Value vector) { return cast<VectorType>(vector.getType()).getNumElements(); }

bool isSplit(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  return vector && vector.getRank() == 1 && !vector.isScalable() &&
         !llvm::isPowerOf2_64(vector.getNumElements());
}

/// Elements [first, first + count) of `vector`, and poison where it has none.
Value slice(OpBuilder &builder, Value vector, int64_t first, int64_t count) {
  SmallVector<int64_t> places;
  for (int64_t i = first; i < first + count; ++i)
    places.push_back(i < numberOf(vector) ? i : vector::ShuffleOp::kPoisonIndex);
  return vector::ShuffleOp::create(builder, vector.getLoc(), vector, vector, places);
}

/// The values with vectors as pieces, the largest first: 24 elements as 16 and 8.
SmallVector<Value> split(OpBuilder &builder, ValueRange values) {
  SmallVector<Value> pieces;
  for (Value value : values) {
    if (!isSplit(value.getType())) {
      pieces.push_back(value);
      continue;
    }
    int64_t count = numberOf(value);
    for (int64_t at = 0, size; at < count; at += size) {
      size = llvm::bit_floor(uint64_t(count - at));
      pieces.push_back(slice(builder, value, at, size));
    }
  }
  return pieces;
}

/// Of the types `types` what `split` made of them.
SmallVector<Value> join(OpBuilder &builder, ValueRange pieces, TypeRange types) {
  SmallVector<Value> values;
  for (Type type : types) {
    Value value = pieces.front();
    pieces = pieces.drop_front();
    int64_t count = isSplit(type) ? cast<VectorType>(type).getNumElements() : 0;
    while (count > 0 && numberOf(value) < count) {
      int64_t own = numberOf(value), more = numberOf(pieces.front());
      Value wide = slice(builder, pieces.front(), 0, own); // operands of a shuffle are alike
      value = vector::ShuffleOp::create(builder, value.getLoc(), value, wide,
                                        llvm::to_vector(llvm::seq<int64_t>(0, own + more)));
      pieces = pieces.drop_front();
    }
    values.push_back(value);
  }
  return values;
}

void splitCarried(IRRewriter &rewriter, scf::ForOp loop) {
  TypeRange types = loop.getResultTypes();
  rewriter.setInsertionPoint(loop);
  auto own = scf::ForOp::create(rewriter, loop.getLoc(), loop.getLowerBound(), loop.getUpperBound(),
                                loop.getStep(), split(rewriter, loop.getInitArgs()));
  rewriter.setInsertionPointToStart(own.getBody());
  SmallVector<Value> arguments = {own.getInductionVar()};
  arguments.append(join(rewriter, own.getRegionIterArgs(), types));
  rewriter.mergeBlocks(loop.getBody(), own.getBody(), arguments);
  Operation *yield = own.getBody()->getTerminator();
  rewriter.setInsertionPoint(yield);
  yield->setOperands(split(rewriter, yield->getOperands()));
  rewriter.setInsertionPointAfter(own);
  rewriter.replaceOp(loop, join(rewriter, own.getResults(), types));
}

struct SplitCarriedVectors final : impl::SplitCarriedVectorsBase<SplitCarriedVectors> {
  void runOnOperation() override {
    SmallVector<scf::ForOp> loops;
    getOperation().walk([&](scf::ForOp loop) {
      if (llvm::any_of(loop.getResultTypes(), isSplit))
        loops.push_back(loop);
    });
    IRRewriter rewriter(&getContext());
    for (scf::ForOp loop : loops) // inner ones first
      splitCarried(rewriter, loop);
  }
};

} // namespace
} // namespace mlir::v4

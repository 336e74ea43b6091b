// Splits experts at the activation, where the work of a row changes from I outputs to D.
#include "passes/Passes.h"

#include "dialects/V4/IR/V4Dialect.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::v4 {
#define GEN_PASS_DEF_SPLITEXPERTS
#include "passes/Passes.h.inc"

namespace {

Location below(Location loc, StringRef part) {
  if (auto name = dyn_cast<NameLoc>(loc))
    return NameLoc::get(StringAttr::get(loc.getContext(), name.getName().getValue() + "." + part));
  return loc;
}

struct SplitRouted : OpRewritePattern<ExpertsOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ExpertsOp op, PatternRewriter &rewriter) const override {
    auto type = op.getResult().getType();
    int64_t chosen = op.getIndices().getType().getDimSize(1);
    int64_t inner = op.getW1().getType().getOutputs();
    auto upType = RankedTensorType::get({type.getDimSize(0), chosen, inner}, type.getElementType());
    auto up =
        ExpertUpOp::create(rewriter, below(op.getLoc(), "up"), upType, op.getInput(), op.getIndices(),
                           op.getWeights(), op.getW1(), op.getW3(), op.getLimitAttr(), op.getNumericsAttr());
    rewriter.replaceOpWithNewOp<ExpertDownOp>(op, type, up, op.getIndices(), op.getW2(),
                                              op.getNumericsAttr());
    return success();
  }
};

struct SplitShared : OpRewritePattern<SharedExpertOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SharedExpertOp op, PatternRewriter &rewriter) const override {
    auto type = op.getResult().getType();
    auto upType =
        RankedTensorType::get({type.getDimSize(0), op.getW1().getType().getOutputs()}, type.getElementType());
    auto up = SharedUpOp::create(rewriter, below(op.getLoc(), "up"), upType, op.getInput(), op.getW1(),
                                 op.getW3(), op.getLimitAttr(), op.getNumericsAttr());
    rewriter.replaceOpWithNewOp<LinearOp>(op, type, up, op.getW2(), op.getNumericsAttr());
    return success();
  }
};

struct SplitExperts final : impl::SplitExpertsBase<SplitExperts> {
  using Base::Base;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<SplitRouted, SplitShared>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace mlir::v4

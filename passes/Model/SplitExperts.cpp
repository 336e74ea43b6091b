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

Type innerType(NumericsAttr numerics) {
  Builder builder(numerics.getContext());
  return numerics.getOption("activations") == "bf16" ? Type(builder.getBF16Type()) : builder.getF32Type();
}

/// What `w2` multiplies: quantised if it is stored in a quantised format itself.
Value quantise(OpBuilder &builder, Location loc, Value up, Value w2, NumericsAttr numerics) {
  if (numerics.getOption("act_quant") != "fp8_128" || !cast<WeightType>(w2.getType()).isScaled())
    return up;
  // As codegen/Import has it: matrix units take bf16, in which quantised values are exact.
  auto type = cast<RankedTensorType>(up.getType());
  auto module = up.getDefiningOp()->getParentOfType<ModuleOp>();
  if (!module->hasAttr("v4.target") || !type.getElementType().isBF16())
    type = type.clone(builder.getF32Type());
  return FakeQuantiseOp::create(builder, below(loc, "up_q8"), type, up, QuantFormat::e4m3, kActivationBlock,
                                /*first=*/nullptr);
}

struct SplitRouted : OpRewritePattern<ExpertsOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ExpertsOp op, PatternRewriter &rewriter) const override {
    auto type = op.getResult().getType();
    int64_t chosen = op.getIndices().getType().getDimSize(1);
    int64_t inner = op.getW1().getType().getOutputs();
    auto upType = RankedTensorType::get({type.getDimSize(0), chosen, inner}, innerType(op.getNumerics()));
    bool weighsBefore = op.getNumerics().getOption("expert_weight") == "pre_w2";
    Value before = weighsBefore ? op.getWeights() : Value(), after = weighsBefore ? Value() : op.getWeights();
    Value up = ExpertUpOp::create(rewriter, below(op.getLoc(), "up"), upType, op.getInput(), op.getIndices(),
                                  op.getW1(), op.getW3(), before, op.getLimitAttr(), op.getNumericsAttr(),
                                  /*digits=*/UnitAttr());
    up = quantise(rewriter, op.getLoc(), up, op.getW2(), op.getNumerics());
    rewriter.replaceOpWithNewOp<ExpertDownOp>(op, type, up, op.getIndices(), op.getW2(), after,
                                              op.getNumericsAttr(), /*digits=*/UnitAttr());
    return success();
  }
};

struct SplitShared : OpRewritePattern<SharedExpertOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SharedExpertOp op, PatternRewriter &rewriter) const override {
    auto type = op.getResult().getType();
    auto upType = RankedTensorType::get({type.getDimSize(0), op.getW1().getType().getOutputs()},
                                        innerType(op.getNumerics()));
    Value up = SharedUpOp::create(rewriter, below(op.getLoc(), "up"), upType, op.getInput(), op.getW1(),
                                  op.getW3(), op.getLimitAttr(), op.getNumericsAttr());
    up = quantise(rewriter, op.getLoc(), up, op.getW2(), op.getNumerics());
    rewriter.replaceOpWithNewOp<LinearOp>(op, type, up, op.getW2());
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

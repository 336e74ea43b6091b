// Experts in E2M1 multiply rows that were quantised to E4M3 exactly, from digits made once for all of them.
#include "passes/Passes.h"

#include "dialects/Tile/IR/TileDialect.h"
#include "dialects/V4/IR/V4Dialect.h"
#include "passes/Schedule/ScheduleTable.h"

namespace mlir::v4 {
#define GEN_PASS_DEF_USEDIGITS
#include "passes/Passes.h.inc"

namespace {

bool hasExactBlocks(Value weight) {
  auto type = cast<WeightType>(weight.getType());
  return isa<Float4E2M1FNType>(type.getElementType()) && type.isScaled() && type.getBlockRows() == 1 &&
         type.getBlockCols() == tile::kDigitBlock && type.getInputs() % tile::kDigitBlock == 0;
}

FakeQuantiseOp quantisedBy(Value input) {
  auto quantise = input.getDefiningOp<FakeQuantiseOp>();
  bool fits = quantise && quantise.getFormat() == QuantFormat::e4m3 && !quantise.getFirst() &&
              quantise.getBlock() % tile::kDigitBlock == 0 &&
              quantise.getResult().getType().getElementType().isF32();
  return fits ? quantise : FakeQuantiseOp();
}

struct UseDigits final : impl::UseDigitsBase<UseDigits> {
  using Base::Base;

  void runOnOperation() override {
    const TargetFacts *target = getTarget(getOperation()->getParentOfType<ModuleOp>());
    if (!target || target->isGpu())
      return;
    DenseMap<Operation *, Value> split;
    auto use = [&](auto expert, bool fits) {
      FakeQuantiseOp quantise = quantisedBy(expert.getInput());
      if (!quantise || !fits)
        return;
      Value &digits = split[quantise];
      if (!digits)
        digits = splitOf(quantise);
      expert.getInputMutable().assign(digits);
      expert.setDigits(true);
    };
    getOperation().walk(
        [&](ExpertUpOp up) { use(up, hasExactBlocks(up.getW1()) && hasExactBlocks(up.getW3())); });
    getOperation().walk([&](ExpertDownOp down) { use(down, hasExactBlocks(down.getW2())); });
  }

  /// Beside the numbers themselves, which others use or look at. It has no name: its memory holds no numbers.
  static Value splitOf(FakeQuantiseOp quantise) {
    OpBuilder builder(quantise);
    builder.setInsertionPointAfter(quantise);
    auto digits = cast<FakeQuantiseOp>(builder.clone(*quantise));
    digits->setLoc(builder.getUnknownLoc());
    digits.setDigits(true);
    return digits.getResult();
  }
};

} // namespace
} // namespace mlir::v4

// Index scores of queries and keys in E2M1 are made of their codes.
#include "passes/Passes.h"

#include "dialects/Tile/IR/TileDialect.h"
#include "dialects/V4/IR/V4Dialect.h"
#include "passes/Schedule/ScheduleTable.h"

namespace mlir::v4 {
#define GEN_PASS_DEF_USECODES
#include "passes/Passes.h.inc"

namespace {

bool isRoundedToCodes(Value query) {
  auto quantise = query.getDefiningOp<FakeQuantiseOp>();
  return quantise && quantise.getFormat() == QuantFormat::e2m1 && !quantise.getFirst() &&
         quantise.getBlock() == tile::kDigitBlock;
}

struct UseCodes final : impl::UseCodesBase<UseCodes> {
  using Base::Base;

  void runOnOperation() override {
    const TargetFacts *target = getTarget(getOperation()->getParentOfType<ModuleOp>());
    if (!target || target->isGpu())
      return;
    getOperation().walk([](IndexScoresOp op) {
      auto keys = cast<EntriesType>(op.getKeys().getType());
      op.setCodes(isRoundedToCodes(op.getQuery()) && keys.isPackedAs(QuantFormat::e2m1, tile::kDigitBlock));
    });
  }
};

} // namespace
} // namespace mlir::v4

// Tables of entries take the form of what is written to them.
#include "passes/Passes.h"

#include "dialects/V4/IR/V4Dialect.h"
#include "passes/Schedule/ScheduleTable.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::v4 {
#define GEN_PASS_DEF_PACKENTRIES
#include "passes/Passes.h.inc"

namespace {

/// The type in which `write`'s table holds what it gets, exactly; null if that is no other.
EntriesType getPackedType(EntryWriteOp write) {
  auto quantise = write.getInput().getDefiningOp<FakeQuantiseOp>();
  auto type = cast<EntriesType>(write.getEntries().getType());
  if (!quantise || type.isPacked() ||
      quantise.getResult().getType().getElementType() != type.getElementType())
    return {};
  int64_t block = quantise.getBlock(), packed = quantise.getFirst().value_or(type.getWidth());
  if (quantise.getFormat() == QuantFormat::e2m1 && (block % 2 != 0 || packed % 2 != 0))
    return {}; // codes lie two to a byte
  auto made = EntriesType::get(type.getContext(), type.getRows(), type.getWidth(), type.getElementType(),
                               quantise.getFormat(), block, packed);
  return made.getRowBytes() < type.getRowBytes() ? made : EntriesType();
}

struct PackEntries final : impl::PackEntriesBase<PackEntries> {
  using Base::Base;

  void runOnOperation() override {
    const TargetFacts *target = getTarget(getOperation());
    if (!target || target->isGpu())
      return;
    llvm::StringMap<EntriesType> types; // null: writers do not agree
    getOperation().walk([&](EntryWriteOp write) {
      auto state = write.getEntries().getDefiningOp<StateOp>();
      if (!state)
        return;
      EntriesType type = getPackedType(write);
      auto [known, isNew] = types.try_emplace(state.getName(), type);
      if (!isNew && known->second != type)
        known->second = {};
    });
    getOperation().walk([&](StateOp state) {
      if (EntriesType type = types.lookup(state.getName()))
        state.getResult().setType(type);
    });
  }
};

} // namespace
} // namespace mlir::v4

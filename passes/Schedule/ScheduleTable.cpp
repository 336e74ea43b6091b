#include "passes/Schedule/ScheduleTable.h"

#include "mlir/IR/DialectInterface.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/JSON.h"

namespace mlir::v4 {
namespace {

constexpr char kTableText[] =
#include "passes/Schedule/schedules.json.inc"
    ;

struct Table {
  std::vector<TargetFacts> targets;
  std::vector<ScheduleRow> rows;
};

Table readTable() {
  // The text is part of the program: a mistake in it is one of the build, which a test finds.
  llvm::Expected<llvm::json::Value> text = llvm::json::parse(kTableText);
  if (!text)
    llvm::report_fatal_error(text.takeError());
  const llvm::json::Object &root = *text->getAsObject();
  Table table;
  for (const auto &[name, value] : *root.getObject("targets")) {
    const llvm::json::Object &facts = *value.getAsObject();
    table.targets.push_back({name.str(), *facts.getInteger("decode_tokens"), *facts.getInteger("decode_rows"),
                             *facts.getInteger("prefill_rows"),
                             *symbolizeWeightLayout(*facts.getString("weights"))});
  }
  llvm::sort(table.targets, [](const TargetFacts &a, const TargetFacts &b) {
    return std::tuple(a.isGpu(), a.name.size(), a.name) < std::tuple(b.isGpu(), b.name.size(), b.name);
  });
  for (const llvm::json::Value &value : *root.getArray("schedules")) {
    const llvm::json::Object &source = *value.getAsObject();
    auto number = [&](StringRef key, int64_t otherwise) {
      return source.getInteger(key).value_or(otherwise);
    };
    ScheduleRow row;
    if (const llvm::json::Array *targets = source.getArray("targets"))
      for (const llvm::json::Value &target : *targets)
        row.targets.push_back(target.getAsString()->str());
    row.family = source.getString("family").value_or("").str();
    row.rowsAtLeast = number("rows_at_least", 0);
    row.lanes = number("lanes", 0), row.keys = number("keys", 0), row.outputs = number("outputs", 0);
    row.depth = number("depth", 0), row.warps = number("warps", 1), row.stages = number("stages", 1);
    table.rows.push_back(std::move(row));
  }
  return table;
}

const Table &getTable() {
  static const Table table = readTable();
  return table;
}

/// Rows that come before those of the built-in table.
struct ChosenSchedules : DialectInterface::Base<ChosenSchedules> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ChosenSchedules)
  ChosenSchedules(Dialect *dialect, std::vector<ScheduleRow> rows) : Base(dialect), rows(std::move(rows)) {}
  const std::vector<ScheduleRow> rows;
};

} // namespace

StringRef getName(KernelFamily family) {
  static constexpr StringLiteral names[] = {"row", "product", "attention", "index"};
  return names[static_cast<size_t>(family)];
}

KernelFamily getFamily(KernelOp kernel) {
  switch (kernel.getParallelism()) {
  case Parallelism::rows:
    return KernelFamily::row;
  case Parallelism::heads:
    return KernelFamily::attention;
  case Parallelism::outputs:
    return KernelFamily::product;
  case Parallelism::entries:
    return KernelFamily::index;
  }
  llvm_unreachable("closed enum");
}

const TargetFacts *findTarget(StringRef name) {
  for (const TargetFacts &target : getTable().targets)
    if (target.name == name)
      return &target;
  return nullptr;
}

SmallVector<StringRef> getTargetNames() {
  SmallVector<StringRef> names;
  for (const TargetFacts &target : getTable().targets)
    names.push_back(target.name);
  return names;
}

const TargetFacts *getTarget(ModuleOp module) {
  auto name = module->getAttrOfType<StringAttr>("v4.target");
  return findTarget(name ? name.getValue() : "cpu");
}

const TargetFacts *getDecodeTarget(Operation *function) {
  const TargetFacts *target = getTarget(function->getParentOfType<ModuleOp>());
  auto rowTile = function->getAttrOfType<IntegerAttr>("v4.row_tile");
  return target && rowTile && rowTile.getInt() == target->decodeRows ? target : nullptr;
}

void useSchedules(MLIRContext &context, std::vector<ScheduleRow> rows) {
  context.getOrLoadDialect<V4Dialect>()->addInterface<ChosenSchedules>(std::move(rows));
}

ScheduleAttr chooseSchedule(MLIRContext *context, KernelFamily kind, int64_t rows,
                            const TargetFacts &target) {
  StringRef family = getName(kind);
  auto suits = [&](const ScheduleRow &row) {
    return (row.targets.empty() || llvm::is_contained(row.targets, target.name)) &&
           (row.family.empty() || row.family == family) && rows >= row.rowsAtLeast;
  };
  const auto *chosen = context->getLoadedDialect<V4Dialect>()->getRegisteredInterface<ChosenSchedules>();
  const auto *row = &*llvm::find_if(getTable().rows, suits); // the last rows suit every kernel
  if (chosen)
    if (auto better = llvm::find_if(chosen->rows, suits); better != chosen->rows.end())
      row = &*better;
  return ScheduleAttr::get(context, row->lanes, row->keys, row->outputs, row->depth, row->warps, row->stages);
}

ScheduleAttr chooseSchedule(KernelOp kernel, const TargetFacts &target) {
  return chooseSchedule(kernel.getContext(), getFamily(kernel), kernel.getRowTile().value_or(1), target);
}

} // namespace mlir::v4

#include "codegen/Report/Tables.h"

#include "codegen/Report/Format.h"

#include <functional>

namespace mlir::v4 {

namespace {

std::string percentText(double ratio) { return fixedText(100 * ratio, 3) + " %"; }

/// A table with one column a context.
class ContextTable {
public:
  ContextTable(const Report &report, std::string title) : r(report) {
    table.title = std::move(title);
    table.corner = "context";
    for (const ContextCosts &at : r.contexts)
      table.columns.push_back(contextText(at.context));
  }

  void row(llvm::StringRef name, const std::function<std::string(const ContextCosts &)> &value,
           bool isSum = false) {
    TableRow row{name.str(), {}, isSum};
    for (const ContextCosts &at : r.contexts)
      row.values.push_back(value(at));
    table.rows.push_back(std::move(row));
  }

  Table table;

private:
  const Report &r;
};

} // namespace

Table parameterTable(const Report &r) {
  Scale scale = scaleOf(r.parameters.active());
  Table table;
  table.title = "Parameters";
  table.corner = std::string("in ") + scale.words;
  table.columns = {"total", "active"};
  auto row = [&](llvm::StringRef name, double total, double active, bool isSum) {
    table.rows.push_back(
        {name.str(), {fixedText(total / scale.factor, 3), fixedText(active / scale.factor, 3)}, isSum});
  };
  for (const ParameterShare &part : r.parts)
    row(part.name, part.cost.total, part.cost.active, false);
  row("all", r.parameters.total(), r.parameters.active(), true);
  table.note = "weights take " + unitText(r.weights.stored, "B") + ", of which a token reads " +
               unitText(r.weights.read, "B");
  return table;
}

Table operationsTable(const Report &r) {
  Scale scale = scaleOf(r.contexts[0].costs.equivalent());
  auto scaled = [&](double value) { return fixedText(value / scale.factor, 3); };
  ContextTable t(r, std::string("Operations (FLOPs) of a decoded token, in ") + scale.prefix +
                        " of equivalent FP8");
  for (size_t i = 0; i < r.contexts[0].operations.size(); ++i)
    t.row(r.contexts[0].operations[i].name,
          [&](const ContextCosts &at) { return scaled(at.operations[i].value); });
  t.row("all", [&](const ContextCosts &at) { return scaled(at.costs.equivalent()); }, true);
  t.row("all, each counted once", [&](const ContextCosts &at) { return scaled(at.costs.plain()); });
  if (r.against) {
    for (size_t i = 0; i < r.contexts[0].operationsOfV32.size(); ++i)
      t.row(("V3.2: " + r.contexts[0].operationsOfV32[i].name).str(),
            [&](const ContextCosts &at) { return scaled(at.operationsOfV32[i].value); });
    t.row("DeepSeek-V3.2", [&](const ContextCosts &at) { return scaled(at.costsOfV32.equivalent()); });
    t.row("of V3.2", [](const ContextCosts &at) { return percentText(at.operationsRatio()); }, true);
    t.row("of V3.2, each counted once", [](const ContextCosts &at) { return percentText(at.plainRatio()); });
  }
  return t.table;
}

Table cacheTable(const Report &r) {
  ContextTable t(r, "Cache of a sequence");
  for (size_t i = 0; i < r.contexts[0].cache.size(); ++i)
    t.row(r.contexts[0].cache[i].name,
          [&](const ContextCosts &at) { return unitText(at.cache[i].value, "B"); });
  t.row("all", [](const ContextCosts &at) { return unitText(at.cacheBytes, "B"); }, true);
  t.row("bytes a token", [](const ContextCosts &at) { return fixedText(at.cacheBytes / at.context, 1); });
  t.row("bytes a token, growing parts",
        [&](const ContextCosts &) { return fixedText(r.cache.growing(), 1); });
  if (r.against) {
    t.row("DeepSeek-V3.2", [](const ContextCosts &at) { return unitText(at.cacheBytesOfV32, "B"); });
    t.row("of V3.2, growing parts", [&](const ContextCosts &) { return percentText(r.cacheRatio()); }, true);
  }
  return t.table;
}

Table rooflineTable(const Report &r) {
  ContextTable t(r, "Roofline, tokens a second of one sequence");
  for (size_t i = 0; i < r.devices.size(); ++i) {
    t.row(r.devices[i].name, [&](const ContextCosts &at) {
      const Bound &bound = at.bounds[i];
      if (!bound.byBandwidth)
        t.table.note = "* bound by its operations, not by its bandwidth";
      return fixedText(bound.tokensPerSecond, 2) + (bound.byBandwidth ? "" : " *");
    });
    if (r.devices[i].memory)
      t.row("  devices that hold it",
            [&](const ContextCosts &at) { return std::to_string(r.devicesNeeded(r.devices[i], at)); });
  }
  return t.table;
}

std::string stabilityName(const Stability &stability) {
  return stability.source + ", " + std::to_string(stability.mappings()) + " mappings";
}

Table stabilityTable(const Report &r) {
  Table table;
  table.title = "Stability: largest sums in the product of all stream mappings";
  table.corner = "largest of the sample tokens";
  table.columns = {"of a row", "of a column"};
  for (const Stability &s : r.stability)
    for (bool projected : {true, false}) {
      const GainCurve &gains = projected ? s.projected : s.unprojected;
      table.rows.push_back({stabilityName(s) + (projected ? "" : ", raw"),
                            {gainText(gains.rows.back()), gainText(gains.columns.back())},
                            projected});
    }
  table.note = r.stabilityNote;
  return table;
}

std::vector<Table> makeTables(const Report &r) {
  std::vector<Table> tables = {parameterTable(r), operationsTable(r), cacheTable(r)};
  if (!r.devices.empty())
    tables.push_back(rooflineTable(r));
  tables.push_back(stabilityTable(r));
  return tables;
}

} // namespace mlir::v4

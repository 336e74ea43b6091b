// The figures of a report as rows of text, for both the terminal and the page.
#pragma once

#include "codegen/Report/Report.h"

namespace mlir::v4 {

struct TableRow {
  std::string name;
  std::vector<std::string> values;
  bool isSum = false;
};

struct Table {
  std::string title;
  std::string corner; // what the columns are
  std::vector<std::string> columns;
  std::vector<TableRow> rows;
  std::string note; // below; may be empty
};

Table parameterTable(const Report &report);
Table operationsTable(const Report &report);
Table cacheTable(const Report &report);
Table rooflineTable(const Report &report);
Table stabilityTable(const Report &report);
/// "checkpoint, 8 mappings".
std::string stabilityName(const Stability &stability);
/// Those of them that the report has.
std::vector<Table> makeTables(const Report &report);

} // namespace mlir::v4

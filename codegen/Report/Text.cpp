#include "codegen/Report/Tables.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatAdapters.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::v4 {

using llvm::raw_ostream;
using llvm::StringRef;

namespace {

constexpr unsigned kNameWidth = 36, kColumnWidth = 12;
constexpr size_t kLineWidth = 100, kIndent = 4;

void writeRow(raw_ostream &out, StringRef name, const std::vector<std::string> &values) {
  out << "  " << llvm::left_justify(name, kNameWidth);
  for (const std::string &value : values)
    out << llvm::right_justify(value, kColumnWidth);
  out << "\n";
}

void writeTable(raw_ostream &out, const Table &table) {
  out << "\n" << table.title << "\n";
  writeRow(out, table.corner, table.columns);
  for (const TableRow &row : table.rows)
    writeRow(out, row.name, row.values);
  if (!table.note.empty())
    out << "  " << table.note << "\n";
}

void writeParagraph(raw_ostream &out, StringRef text) {
  size_t column = kIndent;
  out << "  -";
  for (StringRef word : llvm::split(text, ' ')) {
    if (column + 1 + word.size() > kLineWidth) {
      out << "\n   ";
      column = kIndent;
    }
    out << ' ' << word;
    column += 1 + word.size();
  }
  out << "\n";
}

} // namespace

std::string writeText(const Report &r) {
  std::string text;
  llvm::raw_string_ostream out(text);
  out << r.title << ": " << summaryText(r.config) << "\n";
  for (const Table &table : makeTables(r))
    writeTable(out, table);
  out << "\nHow this was counted\n";
  for (const std::string &sentence : conventions(r))
    writeParagraph(out, sentence);
  return text;
}

} // namespace mlir::v4

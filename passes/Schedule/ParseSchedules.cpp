// Tables of schedules from outside: nothing in them is trusted.
#include "passes/Schedule/ScheduleTable.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::v4 {
namespace {

constexpr int kMostBrackets = 4096; // llvm::json::parse calls itself for each that is open
constexpr int64_t kMostSize = 65536, kMostWarps = 32, kMostStages = 16;

struct NumberField {
  StringLiteral name;
  int64_t ScheduleRow::*value;
  int64_t least, most;
  bool required, powerOfTwo;
};
constexpr NumberField kNumbers[] = {
    {"rows_at_least", &ScheduleRow::rowsAtLeast, 0, INT32_MAX, false, false},
    {"lanes", &ScheduleRow::lanes, 1, kMostSize, true, true},
    {"keys", &ScheduleRow::keys, 1, kMostSize, true, true},
    {"outputs", &ScheduleRow::outputs, 1, kMostSize, true, true},
    {"depth", &ScheduleRow::depth, 1, kMostSize, true, true},
    {"warps", &ScheduleRow::warps, 1, kMostWarps, false, true},
    {"stages", &ScheduleRow::stages, 1, kMostStages, false, false},
};
// What the tuner measured.
constexpr StringLiteral kNotes[] = {"ns", "default_ns"};

class Reader {
public:
  explicit Reader(std::string &error) : error(error) {}

  bool read(StringRef text, std::vector<ScheduleRow> &rows) {
    if (llvm::count_if(text, [](char c) { return c == '[' || c == '{'; }) > kMostBrackets)
      return fail("has more than " + Twine(kMostBrackets) + " brackets");
    llvm::Expected<llvm::json::Value> root = llvm::json::parse(text);
    if (!root)
      return fail("is not JSON: " + llvm::toString(root.takeError()));
    const llvm::json::Object *object = root->getAsObject();
    if (!object)
      return fail("is no JSON object, wanted one with \"schedules\"");
    for (const auto &[name, value] : *object)
      if (name != "schedules" && name != "tuned")
        return fail("has the field '" + StringRef(name) + "', wanted \"schedules\" and \"tuned\" only");
    const llvm::json::Array *array = object->getArray("schedules");
    if (!array)
      return fail("has no array \"schedules\"");
    for (const auto &[index, value] : llvm::enumerate(*array)) {
      where = ("schedules[" + Twine(index) + "]").str();
      rows.emplace_back();
      if (!readRow(value, rows.back()))
        return false;
    }
    return true;
  }

private:
  bool fail(const Twine &sentence) {
    error = sentence.str();
    return false;
  }
  bool failRow(const Twine &sentence) { return fail("has a row " + where + " that " + sentence); }

  static std::string print(const llvm::json::Value &value) {
    std::string text;
    llvm::raw_string_ostream(text) << value;
    return text.size() > 40 ? text.substr(0, 40) + "..." : text;
  }

  bool readRow(const llvm::json::Value &value, ScheduleRow &row) {
    const llvm::json::Object *object = value.getAsObject();
    if (!object)
      return failRow("is no object");
    for (const auto &[name, field] : *object)
      if (!readField(name, field, row))
        return false;
    for (const NumberField &field : kNumbers)
      if (field.required && !object->get(field.name))
        return failRow("has no '" + field.name + "'");
    return true;
  }

  bool readField(StringRef name, const llvm::json::Value &value, ScheduleRow &row) {
    if (name == "targets")
      return readTargets(value, row);
    if (name == "family")
      return readFamily(value, row);
    if (llvm::is_contained(kNotes, name))
      return value.getAsNumber() || failRow("has a '" + name + "' that is no number");
    const auto *field = llvm::find_if(kNumbers, [&](const NumberField &f) { return f.name == name; });
    if (field == std::end(kNumbers))
      return failRow("has the unknown field '" + name + "'");
    std::optional<int64_t> number = value.getAsInteger();
    bool good = number && *number >= field->least && *number <= field->most &&
                (!field->powerOfTwo || llvm::isPowerOf2_64(*number));
    if (!good)
      return failRow("has '" + name + "' = " + print(value) + ", wanted " +
                     (field->powerOfTwo ? "a power of two from " : "a whole number from ") +
                     Twine(field->least) + " to " + Twine(field->most));
    row.*field->value = *number;
    return true;
  }

  bool readTargets(const llvm::json::Value &value, ScheduleRow &row) {
    const llvm::json::Array *targets = value.getAsArray();
    if (!targets || targets->empty())
      return failRow("has 'targets' that are no array of names");
    for (const llvm::json::Value &target : *targets) {
      std::optional<StringRef> name = target.getAsString();
      if (!name || !findTarget(*name))
        return failRow("is for the target '" + name.value_or("?") + "', wanted " +
                       llvm::join(getTargetNames(), ", "));
      row.targets.push_back(name->str());
    }
    return true;
  }

  bool readFamily(const llvm::json::Value &value, ScheduleRow &row) {
    row.family = value.getAsString().value_or("?").str();
    for (KernelFamily family : kKernelFamilies)
      if (row.family == getName(family))
        return true;
    return failRow("is for the family '" + row.family + "', wanted row, product, attention or index");
  }

  std::string &error;
  std::string where;
};

} // namespace

bool parseSchedules(StringRef text, std::vector<ScheduleRow> &rows, std::string &error) {
  rows.clear();
  return Reader(error).read(text, rows);
}

} // namespace mlir::v4

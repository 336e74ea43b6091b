#include "test/Numerics/RandomStep.h"

#include "dialects/V4/Reference/Quantise.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

namespace v4test {

using namespace mlir::v4;
using llvm::ArrayRef;
using llvm::StringRef;
using reference::Tensor;

std::string rowsType(ArrayRef<int64_t> shape, StringRef element) {
  std::string text = "tensor<?x";
  for (int64_t extent : shape)
    text += std::to_string(extent) + "x";
  return text + element.str() + ">";
}

std::string real(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.17e", value);
  return text;
}

void StepText::fillNormal(Draw &draw, double *row, int64_t width) {
  for (int64_t i = 0; i < width; ++i)
    row[i] = static_cast<float>(draw.normal());
}

void StepText::fillIntegers(Draw &draw, double *row, int64_t width) {
  for (int64_t i = 0; i < width; ++i)
    row[i] = static_cast<double>(draw.between(-2, 2));
}

StepText::StepText(uint64_t seed)
    : seed(seed), draw(seed), rounds(seed % 5 >= 3), coarsest(rounds ? 0x1p-7 : 0) {}

std::string StepText::numerics(ArrayRef<std::pair<const char *, const char *>> options) {
  std::string chosen;
  for (auto [name, value] : options)
    if (rounds && draw.chance(60))
      chosen += llvm::formatv("{0}{1} = \"{2}\"", chosen.empty() ? "" : ", ", name, value).str();
  return chosen.empty() ? "" : " {numerics = #v4.numerics<hf, {" + chosen + "}>}";
}

Val StepText::input(ArrayRef<int64_t> shape, FillRow fill) {
  inputs.push_back({{"%x" + std::to_string(inputs.size()), rows(shape)}, shape.vec(), std::move(fill)});
  return inputs.back().value;
}

Val StepText::weight(const std::string &name, const std::string &type) {
  Val value{"%v" + std::to_string(names++), "!v4.weight<" + type + ">"};
  body +=
      llvm::formatv("  {0} = v4.weight \"{1}.{2}\" : <{3}>\n", value.name, this->name(), name, type).str();
  return value;
}

Val StepText::state(const std::string &name, const std::string &type) {
  Val value{"%v" + std::to_string(names++), "!v4." + type};
  body +=
      llvm::formatv("  {0} = v4.state \"{1}.{2}\" : {3}\n", value.name, this->name(), name, value.type).str();
  return value;
}

std::string StepText::place(StringRef text, ArrayRef<Val> operands) const {
  std::string result;
  for (char c : text) {
    if (c != '$') {
      result += c;
      continue;
    }
    assert(!operands.empty() && "a value for each place");
    result += operands.front().name;
    operands = operands.drop_front();
  }
  assert(operands.empty() && "a place for each value");
  return result;
}

static std::string typesOf(ArrayRef<Val> values) {
  return llvm::join(llvm::map_range(values, [](const Val &value) { return value.type; }), ", ");
}

std::vector<Val> StepText::op(StringRef text, ArrayRef<Val> operands, std::vector<std::string> results) {
  std::vector<Val> values;
  for (std::string &type : results)
    values.push_back({"%v" + std::to_string(names++), std::move(type)});
  std::string list = llvm::join(llvm::map_range(values, [](const Val &value) { return value.name; }), ", ");
  std::string mnemonic = text.split(' ').first.drop_front(3).str();
  body += llvm::formatv("  {0} = {1} : ({2}) -> ({3}) loc(\"{4}.{5}\")\n", list, place(text, operands),
                        typesOf(operands), typesOf(values), mnemonic, values[0].name.substr(2))
              .str();
  made.insert(made.end(), values.begin(), values.end());
  return values;
}

void StepText::write(StringRef text, ArrayRef<Val> operands) {
  body += "  " + place(text, operands) + " : " + typesOf(operands) + "\n";
}

std::string StepText::function(int64_t rowTile) const {
  std::string arguments;
  for (const Val &value : {tokens, slots, positions, logitRows})
    arguments += (arguments.empty() ? "" : ", ") + value.name + ": " + value.type;
  for (const Input &input : inputs)
    arguments += ", " + input.value.name + ": " + input.value.type;
  std::string names = llvm::join(llvm::map_range(made, [](const Val &value) { return value.name; }), ", ");
  return llvm::formatv("func.func @{0}({1}) -> ({2}) attributes {{v4.row_tile = {3} : i64} {{\n{4}  return "
                       "{5} : {2}\n}\n",
                       name(), arguments, typesOf(made), rowTile, body, names)
      .str();
}

static std::string extents(ArrayRef<int64_t> shape) {
  std::string text;
  for (int64_t extent : shape)
    text += std::to_string(extent) + "x";
  return text;
}

std::string drawPlainType(Draw &draw, ArrayRef<int64_t> shape) {
  return extents(shape) + draw.pick({"f32", "bf16"});
}

std::string drawMatrixType(Draw &draw, ArrayRef<int64_t> shape) {
  bool fp4 = shape.back() % 2 == 0; // an odd number of codes fills no bytes
  switch (draw.between(0, fp4 ? 3 : 2)) {
  case 0:
    return extents(shape) + "f32";
  case 1:
    return extents(shape) + "bf16";
  case 2:
    return extents(shape) + "f8E4M3FN, scale " + draw.pick({"f8E8M0FNU", "f8E8M0FNU", "f32"}) + " by " +
           draw.pick({"128x128", "128x128", "64x64", "32x48", "16x16", "40x24"});
  default:
    return extents(shape) + "f4E2M1FN, scale f8E8M0FNU by 1x32";
  }
}

static Tensor column(const std::vector<int64_t> &ids) {
  return Tensor({static_cast<int64_t>(ids.size())}, std::vector<double>(ids.begin(), ids.end()));
}

std::vector<Tensor> StepText::arguments(const StepRows &rows, Draw &values) const {
  std::vector<Tensor> result{column(rows.tokens), column(rows.slots), column(rows.positions),
                             column(rows.logitRows)};
  for (const Input &input : inputs) {
    std::vector<int64_t> shape{static_cast<int64_t>(rows.tokens.size())};
    shape.insert(shape.end(), input.shape.begin(), input.shape.end());
    Tensor tensor(shape);
    for (int64_t t = 0; t < tensor.rows(); ++t)
      input.fill(values, tensor.row(t), tensor.width());
    if (StringRef(input.value.type).contains("bf16"))
      llvm::transform(tensor.data, tensor.data.begin(), reference::roundToBF16);
    result.push_back(std::move(tensor));
  }
  return result;
}

} // namespace v4test

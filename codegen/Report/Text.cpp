#include "codegen/Report/Report.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::v4 {

using llvm::format;
using llvm::left_justify;
using llvm::raw_ostream;
using llvm::right_justify;
using llvm::StringRef;

namespace {

constexpr unsigned kNameWidth = 36, kColumnWidth = 12, kLineWidth = 100;

std::string fixed(double value, int digits) {
  std::string text;
  llvm::raw_string_ostream(text) << format("%.*f", digits, value);
  return text;
}

/// What a table is in, by its largest figure.
struct Scale {
  const char *words;
  const char *prefix;
  double factor;
};

Scale scaleOf(double largest) {
  for (Scale scale : {Scale{"billions", "G", 1e9}, Scale{"millions", "M", 1e6}})
    if (largest >= scale.factor)
      return scale;
  return {"thousands", "k", 1e3};
}

/// Four digits and a unit: "31.46 GB".
std::string withUnit(double value, StringRef unit) {
  constexpr const char *prefixes[] = {"", "k", "M", "G", "T", "P"};
  unsigned prefix = 0;
  while (value >= 999.95 && prefix + 1 < std::size(prefixes))
    value /= 1000, ++prefix;
  int digits = prefix == 0 ? 0 : value < 10 ? 3 : value < 100 ? 2 : 1;
  return fixed(value, digits) + " " + prefixes[prefix] + unit.str();
}

class Text {
public:
  Text(const Report &report, raw_ostream &out) : r(report), out(out) {}

  void write() {
    const ModelConfig &c = r.config;
    out << r.title << ": " << c.layers << " layers (" << layerText(c) << "), hidden size " << c.hiddenSize
        << ", " << c.expertsPerToken << " of " << c.experts << " experts\n";
    parameters();
    operations();
    cache();
    if (!r.devices.empty())
      roofline();
    heading("How this was counted");
    for (const std::string &sentence : conventions(r))
      paragraph(sentence);
  }

private:
  void heading(StringRef text) { out << "\n" << text << "\n"; }

  void row(StringRef name, llvm::ArrayRef<std::string> values) {
    out << "  " << left_justify(name, kNameWidth);
    for (const std::string &value : values)
      out << right_justify(value, kColumnWidth);
    out << "\n";
  }

  template <typename Function> void contextRow(StringRef name, Function value) {
    std::vector<std::string> values;
    for (const ContextCosts &at : r.contexts)
      values.push_back(value(at));
    row(name, values);
  }

  void contextHeading(StringRef text) {
    heading(text);
    contextRow("context", [](const ContextCosts &at) { return contextText(at.context); });
  }

  void parameters() {
    Scale scale = scaleOf(r.parameters.active());
    heading(std::string("Parameters, in ") + scale.words);
    row("", {"total", "active"});
    for (const ParameterShare &part : r.parts)
      row(part.name, {fixed(part.cost.total / scale.factor, 3), fixed(part.cost.active / scale.factor, 3)});
    row("all",
        {fixed(r.parameters.total() / scale.factor, 3), fixed(r.parameters.active() / scale.factor, 3)});
    out << "  weights take " << withUnit(r.weights.stored, "B") << ", of which a token reads "
        << withUnit(r.weights.read, "B") << "\n";
  }

  void operations() {
    Scale scale = scaleOf(r.contexts[0].costs.equivalent());
    auto scaled = [&](double value) { return fixed(value / scale.factor, 3); };
    contextHeading(std::string("Operations of a decoded token, in ") + scale.prefix + " of equivalent FP8");
    for (size_t i = 0; i < r.contexts[0].operations.size(); ++i)
      contextRow(r.contexts[0].operations[i].name,
                 [&](const ContextCosts &at) { return scaled(at.operations[i].value); });
    contextRow("all", [&](const ContextCosts &at) { return scaled(at.costs.equivalent()); });
    contextRow("all, each counted once", [&](const ContextCosts &at) { return scaled(at.costs.plain()); });
    if (!r.against)
      return;
    contextRow("DeepSeek-V3.2", [&](const ContextCosts &at) { return scaled(at.costsOfV32.equivalent()); });
    contextRow("of V3.2", [](const ContextCosts &at) { return fixed(100 * at.operationsRatio(), 3) + " %"; });
    contextRow("of V3.2, each counted once",
               [](const ContextCosts &at) { return fixed(100 * at.plainRatio(), 3) + " %"; });
  }

  void cache() {
    contextHeading("Cache of a sequence");
    for (size_t i = 0; i < r.contexts[0].cache.size(); ++i)
      contextRow(r.contexts[0].cache[i].name,
                 [&](const ContextCosts &at) { return withUnit(at.cache[i].value, "B"); });
    contextRow("all", [](const ContextCosts &at) { return withUnit(at.cacheBytes, "B"); });
    contextRow("bytes a token", [](const ContextCosts &at) { return fixed(at.cacheBytes / at.context, 1); });
    contextRow("bytes a token, growing parts",
               [&](const ContextCosts &) { return fixed(r.cache.growing(), 1); });
    if (!r.against)
      return;
    contextRow("DeepSeek-V3.2", [](const ContextCosts &at) { return withUnit(at.cacheBytesOfV32, "B"); });
    contextRow("of V3.2, growing parts",
               [&](const ContextCosts &) { return fixed(100 * r.cacheRatio(), 3) + " %"; });
  }

  void roofline() {
    contextHeading("Roofline, tokens a second of one sequence");
    for (size_t i = 0; i < r.devices.size(); ++i) {
      contextRow(r.devices[i].name, [&](const ContextCosts &at) {
        return fixed(at.bounds[i].tokensPerSecond, 2) + (at.bounds[i].byBandwidth ? "" : " *");
      });
      if (r.devices[i].memory)
        contextRow("  devices that hold it",
                   [&](const ContextCosts &at) { return std::to_string(r.devicesNeeded(r.devices[i], at)); });
    }
    for (const ContextCosts &at : r.contexts)
      for (const Bound &bound : at.bounds)
        if (!bound.byBandwidth) {
          out << "  * bound by its operations, not by its bandwidth\n";
          return;
        }
  }

  void paragraph(StringRef text) {
    size_t column = 0;
    for (StringRef rest = text; !rest.empty();) {
      auto [word, after] = rest.split(' ');
      if (column == 0 || column + 1 + word.size() > kLineWidth) {
        out << (column ? "\n    " : "  - ");
        column = 4;
      } else {
        out << ' ';
        ++column;
      }
      out << word;
      column += word.size();
      rest = after;
    }
    out << "\n";
  }

  const Report &r;
  raw_ostream &out;
};

} // namespace

std::string writeText(const Report &report) {
  std::string text;
  llvm::raw_string_ostream out(text);
  Text(report, out).write();
  return text;
}

} // namespace mlir::v4

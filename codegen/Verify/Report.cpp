#include "codegen/Verify/Verify.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <cmath>

namespace mlir::v4 {

namespace {

std::string layerText(int64_t layer) { return layer < 0 ? "-" : std::to_string(layer); }

/// What a measure is called, its value and its bound.
struct Measured {
  const char *text;
  double value, bound;
};

Measured measured(const Finding &finding) {
  if (finding.measure == "changed")
    return {"values that differ", finding.found.changed, finding.bound.changed};
  if (finding.measure == "element")
    return {"one value's error", finding.found.element, finding.bound.element};
  return {"a row's error", finding.found.row, finding.bound.row};
}

std::string sentence(const Finding &finding) {
  std::string where = finding.position >= 0 ? llvm::formatv(" at position {0}", finding.position).str() : "";
  if (!finding.problem.empty())
    return finding.problem;
  if (finding.otherChoices)
    return llvm::formatv("{0} of {1} rows choose otherwise and are no near-ties, the first{2}",
                         finding.otherChoices, finding.rows, where);
  Measured m = measured(finding);
  return llvm::formatv("{0} {1:e2}, bound {2:e2}; the farthest row is{3}", m.text, m.value, m.bound, where);
}

/// The worst of a layer: what does not hold before what does.
const Finding *worstOf(const Verification &v, int64_t layer) {
  const Finding *worst = nullptr;
  for (const Finding &finding : v.findings) {
    if (finding.layer != layer || !(finding.rows || !finding.holds()))
      continue;
    if (!worst ||
        std::make_pair(!finding.holds(), finding.share) > std::make_pair(!worst->holds(), worst->share))
      worst = &finding;
  }
  return worst;
}

void writeLayer(llvm::raw_ostream &out, const Verification &v, int64_t layer) {
  const Finding *worst = worstOf(v, layer);
  int64_t ties = 0, wrong = 0;
  for (const Finding &finding : v.findings)
    if (finding.layer == layer) {
      ties += finding.nearTies;
      wrong += !finding.holds();
    }
  if (!worst) {
    out << llvm::formatv("{0,5}  nothing of it was seen\n", layerText(layer));
    return;
  }
  Measured m = measured(*worst);
  bool isNumber = worst->problem.empty() && !worst->otherChoices;
  std::string error = isNumber ? llvm::formatv("{0:e1}", m.value).str() : "-";
  std::string bound = isNumber ? llvm::formatv("{0:e1}", m.bound).str() : "-";
  out << llvm::formatv("{0,5}  {1,-44} {2,8} {3,8}  {4}", layerText(layer), worst->name, error, bound,
                       wrong ? llvm::formatv("{0} differ", wrong).str() : "holds");
  if (ties)
    out << llvm::formatv(", {0} near-ties", ties);
  out << '\n';
}

} // namespace

std::string writeText(const Verification &v) {
  std::string text;
  llvm::raw_string_ostream out(text);
  int64_t rows = 0, seen = 0;
  for (const Finding &finding : v.findings) {
    ++rows;
    seen += finding.seen;
  }
  out << llvm::formatv(
      "{0}, {1} numerics: {2} tokens in two parts and {3} alone; {4} of {5} values and states seen\n\n",
      v.target, v.numerics, v.prompt, v.decoded, seen, rows);
  out << "layer  worst                                           error    bound\n";
  for (int64_t layer = -1; layer < v.layers; ++layer)
    writeLayer(out, v, layer);
  out << '\n';
  if (v.holds()) {
    out << llvm::formatv("holds; {0} near-ties in routing and selection\n", v.nearTies());
    return text;
  }
  if (const Finding *first = v.first())
    out << llvm::formatv("differs, first in {0} ({1}): {2}\n", first->name, first->op, sentence(*first));
  if (!v.stopped.empty())
    out << "the reference could not go on at " << v.stopped << '\n';
  return text;
}

namespace {

using llvm::json::OStream;

/// JSON has no infinity.
void number(OStream &out, llvm::StringRef name, double value) {
  if (std::isfinite(value))
    out.attribute(name, value);
  else
    out.attribute(name, nullptr);
}

void deviation(OStream &out, llvm::StringRef name, const Deviation &d) {
  out.attributeObject(name, [&] {
    number(out, "row", d.row);
    number(out, "element", d.element);
    number(out, "changed", d.changed);
  });
}

void writeFinding(OStream &out, const Finding &finding) {
  out.object([&] {
    out.attribute("name", finding.name);
    out.attribute("op", finding.op);
    if (finding.layer >= 0)
      out.attribute("layer", finding.layer);
    out.attribute("holds", finding.holds());
    out.attribute("seen", finding.seen);
    out.attribute("from_seen_values", finding.direct);
    out.attribute("rows", finding.rows);
    deviation(out, "error", finding.found);
    deviation(out, "bound", finding.bound);
    number(out, "share_of_bound", finding.share);
    out.attribute("worst_measure", finding.measure);
    if (finding.position >= 0)
      out.attribute("position", finding.position);
    out.attribute("near_ties", finding.nearTies);
    out.attribute("other_choices", finding.otherChoices);
    if (!finding.problem.empty())
      out.attribute("problem", finding.problem);
  });
}

} // namespace

std::string writeJson(const Verification &v) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  OStream out(stream, /*IndentSize=*/1);
  out.object([&] {
    out.attribute("holds", v.holds());
    out.attribute("numerics", v.numerics);
    out.attribute("target", v.target);
    out.attribute("layers", v.layers);
    out.attribute("prompt_tokens", v.prompt);
    out.attribute("decode_tokens", v.decoded);
    out.attribute("near_ties", v.nearTies());
    if (const Finding *first = v.first())
      out.attribute("first", first->name);
    if (!v.stopped.empty())
      out.attribute("stopped", v.stopped);
    out.attributeArray("values", [&] {
      for (const Finding &finding : v.findings)
        writeFinding(out, finding);
    });
  });
  stream << '\n';
  return text;
}

} // namespace mlir::v4

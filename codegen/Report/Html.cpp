// The page: everything in one file, nothing fetched, no script.
#include "codegen/Report/Charts.h"
#include "codegen/Report/Format.h"
#include "codegen/Report/Style.h"
#include "codegen/Report/Tables.h"

#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cmath>

namespace mlir::v4 {

using llvm::raw_ostream;
using llvm::StringRef;

namespace {

// CSS pixels: what one of two columns has at 1280, and what a phone has.
constexpr double kWideWidth = 560, kNarrowWidth = 368, kWideHeight = 330, kNarrowHeight = 290, kBar = 1120;
constexpr double kFirstContext = 1 << 10, kLastContext = 1 << 20;
constexpr int kSamplesPerOctave = 4, kDeviceColours = 4;

class Page {
public:
  Page(const Report &report, raw_ostream &out)
      : r(report), out(out), operations(scaleOf(largestOperations())) {
    double last = std::max(kLastContext, r.contexts.back().context);
    int samples = std::lround(std::ceil(std::log2(last / kFirstContext) * kSamplesPerOctave));
    for (int i = 0; i <= samples; ++i)
      curve.push_back(countContext(r, kFirstContext * std::exp2(double(i) / kSamplesPerOctave)));
  }

  void write() {
    out << "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>"
        << escapeHtml(r.title) << ": what it costs</title>\n<style>" << kStyle
        << "</style>\n</head>\n<body>\n";
    head();
    out << "<div class=\"pair\">\n";
    if (r.against)
      operationsChart();
    cacheChart();
    branchChart();
    if (!r.devices.empty())
      rateChart();
    out << "</div>\n";
    parameterBars();
    for (const Table &each : makeTables(r))
      table(each);
    out << "<div class=\"pair\">\n";
    for (const Stability &stability : r.stability)
      stabilityChart(stability);
    out << "</div>\n<h2>How this was counted</h2>\n<ul>\n";
    for (const std::string &sentence : conventions(r))
      out << "<li>" << escapeHtml(sentence) << "</li>\n";
    out << "</ul>\n</body>\n</html>\n";
  }

private:
  double largestOperations() const { return r.contexts.back().costs.equivalent(); }

  std::string operationsText(double value, int digits) const {
    return fixedText(value / operations.factor, digits);
  }

  void card(const std::string &figure, const std::string &what) {
    out << "<div class=\"card\"><b>" << escapeHtml(figure) << "</b><span>" << escapeHtml(what)
        << "</span></div>\n";
  }

  void head() {
    const ContextCosts &last = r.contexts.back();
    std::string at = " at " + contextText(last.context);
    out << "<h1>" << escapeHtml(r.title) << "</h1>\n<p class=\"soft\">" << escapeHtml(summaryText(r.config))
        << "</p>\n<div class=\"cards\">\n";
    card(countText(r.parameters.total()), "parameters, " + countText(r.parameters.active()) + " active");
    if (r.against) {
      card(fixedText(100 * last.operationsRatio(), 2) + " %", "of the operations of DeepSeek-V3.2" + at);
      card(fixedText(100 * r.cacheRatio(), 2) + " %", "of its growing cache");
    } else {
      card(operationsText(last.costs.equivalent(), 1) + " " + operations.prefix, "operations a token" + at);
      card(fixedText(r.cache.growing(), 1) + " B", "of growing cache a token");
    }
    card(unitText(r.weights.stored, "B"), "of weights, " + unitText(r.weights.read, "B") + " read a token");
    out << "</div>\n";
  }

  void legend(const std::vector<Series> &lines, const std::vector<Series> &areas) {
    out << "<ul class=\"legend\">";
    auto entry = [&](const Series &series) {
      out << "<li><svg viewBox=\"0 0 12 12\" aria-hidden=\"true\"><rect class=\"k-" << series.key
          << "\" width=\"12\" height=\"12\" rx=\"2\"/></svg>" << escapeHtml(series.name) << "</li>";
    };
    for (const Series &line : lines)
      entry(line);
    for (size_t i = areas.size(); i-- > 0;) // as they lie
      entry(areas[i]);
    out << "</ul>\n";
  }

  void draw(const Chart &chart, const std::string &id) {
    out << drawChart(chart, kWideWidth, kWideHeight, id + " wide")
        << drawChart(chart, kNarrowWidth, kNarrowHeight, id + " narrow");
    legend(chart.lines, chart.stacked);
  }

  Chart contextChart(const std::string &name) {
    Chart chart;
    chart.name = name;
    for (const ContextCosts &at : curve)
      chart.x.push_back(at.context);
    for (double tick = kFirstContext; tick <= curve.back().context; tick *= 4)
      chart.xTicks.push_back(tick);
    chart.xText = [](double x) {
      return x < kLastContext && x >= kFirstContext
                 ? fixedText(x / kFirstContext, std::fmod(x, kFirstContext) != 0) + "k"
                 : fixedText(x / kLastContext, std::fmod(x, kLastContext) != 0) + "M";
    };
    return chart;
  }

  template <typename Member>
  std::vector<Series> seriesOf(Member member, const std::function<double(const ContextCosts &, double)> &of) {
    std::vector<Series> all;
    for (size_t i = 0; i < (curve[0].*member).size(); ++i) {
      const Share &first = (curve[0].*member)[i];
      Series series{first.key.str(), first.name.str(), {}};
      for (const ContextCosts &at : curve)
        series.values.push_back(of(at, (at.*member)[i].value));
      all.push_back(std::move(series));
    }
    return all;
  }

  void addV32(Chart &chart, double (*of)(const ContextCosts &)) {
    if (!r.against)
      return;
    Series line{"v32", "DeepSeek-V3.2", {}};
    for (const ContextCosts &at : curve)
      line.values.push_back(of(at));
    chart.lines.push_back(std::move(line));
  }

  std::vector<Series> operationsByBranch() {
    return seriesOf(&ContextCosts::operations, [](const ContextCosts &, double value) { return value; });
  }

  void operationsChart() {
    out << "<figure><h2>Operations (FLOPs) of a decoded token</h2>\n<p class=\"soft\">" << operations.prefix
        << " of equivalent FP8, against context</p>\n";
    Chart chart = contextChart("operations of a decoded token against context, by branch");
    chart.stacked = operationsByBranch();
    addV32(chart, [](const ContextCosts &at) { return at.costsOfV32.equivalent(); });
    chart.yText = [&](double y) { return tickText(y / operations.factor); };
    chart.valueText = [&](double y) { return operationsText(y, 3); };
    draw(chart, "operations");
    out << "</figure>\n";
  }

  void cacheChart() {
    out << "<figure><h2>Cache, bytes a token</h2>\n<p class=\"soft\">what a sequence holds, over its tokens, "
           "against context</p>\n";
    Chart chart = contextChart("bytes of cache a token against context, by branch");
    chart.stacked = seriesOf(&ContextCosts::cache,
                             [](const ContextCosts &at, double value) { return value / at.context; });
    addV32(chart, [](const ContextCosts &at) { return at.cacheBytesOfV32 / at.context; });
    chart.yText = tickText;
    chart.valueText = [](double y) { return fixedText(y, 1) + " B"; };
    draw(chart, "cache");
    out << "</figure>\n";
  }

  void branchChart() {
    out << "<figure><h2>Operations by branch</h2>\n<p class=\"soft\">" << operations.prefix
        << " of equivalent FP8, against context</p>\n";
    Chart chart = contextChart("operations of a decoded token against context, by branch, on their own");
    chart.stacked = operationsByBranch();
    chart.yText = [&](double y) { return tickText(y / operations.factor); };
    chart.valueText = [&](double y) { return operationsText(y, 3); };
    draw(chart, "branches");
    out << "</figure>\n";
  }

  void rateChart() {
    out << "<figure><h2>Roofline, tokens a second</h2>\n<p class=\"soft\">one sequence on one device, at "
           "most, against context</p>\n";
    Chart chart = contextChart("tokens a second against context, by device");
    for (size_t i = 0; i < r.devices.size(); ++i) {
      Series line{"device" + std::to_string(i % kDeviceColours), r.devices[i].name, {}};
      for (const ContextCosts &at : curve)
        line.values.push_back(at.bounds[i].tokensPerSecond);
      chart.lines.push_back(std::move(line));
    }
    chart.yText = tickText;
    chart.valueText = [](double y) { return fixedText(y, 2); };
    draw(chart, "rates");
    out << "</figure>\n";
  }

  void stabilityChart(const Stability &stability);
  void parameterBars();
  void table(const Table &table);

  const Report &r;
  raw_ostream &out;
  Scale operations;
  std::vector<ContextCosts> curve;
};

void Page::stabilityChart(const Stability &stability) {
  constexpr double kLargest = 300;    // powers of ten that a double has
  constexpr double kRounding = 0.001; // what is just below 1 starts at 1
  out << "<figure><h2>Gain: " << escapeHtml(stabilityName(stability))
      << "</h2>\n<p class=\"soft\">largest sum of a row or column of the product, after so many "
         "mappings</p>\n";
  Chart chart;
  chart.name = "gain of the stream mappings' product against depth, " + stability.source;
  chart.logX = false;
  chart.logY = true;
  chart.firstY = 1;
  Series projected{"projected", "projected", {}}, raw{"raw", "raw", {}};
  size_t step = std::max<size_t>(1, (stability.mappings() + 11) / 12);
  for (size_t depth = 0; depth < stability.mappings(); ++depth) {
    chart.x.push_back(depth + 1);
    if ((depth + 1) % step == 0)
      chart.xTicks.push_back(depth + 1);
    for (auto [line, curve] : {std::pair{&projected, &stability.projected}, {&raw, &stability.unprojected}}) {
      line->values.push_back(std::pow(10, std::clamp(curve->larger(depth), -kLargest, kLargest)));
      chart.firstY =
          std::min(chart.firstY, std::pow(10, std::floor(std::log10(line->values.back()) + kRounding)));
    }
  }
  chart.lines = {std::move(raw), std::move(projected)};
  chart.xText = [](double x) { return fixedText(x, 0); };
  chart.yText = [](double y) {
    double power = std::log10(y);
    return std::fabs(power) < 3.5 ? tickText(y) : "10^" + fixedText(power, 0);
  };
  chart.valueText = [](double y) { return gainText(std::log10(y)); };
  draw(chart, "gain-" + stability.source);
  out << "</figure>\n";
}

void Page::parameterBars() {
  auto bar = [&](const std::string &name, double PartCost::*of, double all) {
    std::vector<Series> parts;
    for (const ParameterShare &share : r.parts)
      if (share.cost.*of > 0)
        parts.push_back({share.key.str(), share.name.str(), {share.cost.*of}});
    auto text = [](double value) { return countText(value); };
    out << "<div>" << name << ", " << countText(all) << "</div>\n"
        << drawBar(name + " parameters by part", parts, kBar, "wide", text)
        << drawBar(name + " parameters by part", parts, kNarrowWidth, "narrow", text);
    return parts;
  };
  out << "<h2>Parameters by part</h2>\n";
  std::vector<Series> parts = bar("total", &PartCost::total, r.parameters.total());
  bar("active", &PartCost::active, r.parameters.active());
  legend(parts, {});
}

void Page::table(const Table &table) {
  out << "<h2>" << escapeHtml(table.title) << "</h2>\n<div class=\"scroll\"><table>\n<tr><th>"
      << escapeHtml(table.corner) << "</th>";
  for (const std::string &column : table.columns)
    out << "<th>" << escapeHtml(column) << "</th>";
  out << "</tr>\n";
  for (const TableRow &row : table.rows) {
    out << (row.isSum ? "<tr class=\"all\"><td>" : "<tr><td>") << escapeHtml(row.name) << "</td>";
    for (const std::string &value : row.values)
      out << "<td>" << escapeHtml(value) << "</td>";
    out << "</tr>\n";
  }
  out << "</table></div>\n";
  if (!table.note.empty())
    out << "<p class=\"soft\">" << escapeHtml(table.note) << "</p>\n";
}

} // namespace

std::string writeHtml(const Report &report) {
  std::string text;
  llvm::raw_string_ostream out(text);
  Page(report, out).write();
  return text;
}

} // namespace mlir::v4

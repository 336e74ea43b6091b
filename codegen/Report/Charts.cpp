#include "codegen/Report/Charts.h"

#include "codegen/Report/Format.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cmath>

namespace mlir::v4 {

using llvm::format;
using llvm::raw_ostream;
using llvm::StringRef;

namespace {

constexpr double kLeft = 52, kRight = 14, kTop = 12, kBottom = 30;

/// 1, 2, 2.5 or 5 times a power of ten, at least `least`.
double niceStep(double least) {
  double power = std::pow(10, std::floor(std::log10(least)));
  for (double factor : {1.0, 2.0, 2.5, 5.0})
    if (factor * power >= least)
      return factor * power;
  return 10 * power;
}

class Drawing {
public:
  Drawing(const Chart &chart, double width, double height, raw_ostream &out)
      : c(chart), width(width), height(height), out(out) {
    for (const Series &line : c.lines)
      top = std::max(top, *std::max_element(line.values.begin(), line.values.end()));
    std::vector<double> sums(c.x.size(), 0);
    for (const Series &area : c.stacked)
      for (size_t i = 0; i < sums.size(); ++i)
        top = std::max(top, sums[i] += area.values[i]);
    if (c.logY)
      top = std::max(10 * c.firstY, std::pow(10, std::ceil(std::log10(top))));
  }

  void draw(StringRef cssClass) {
    out << "<svg class=\"" << cssClass << "\" viewBox=\"0 0 " << width << " " << height
        << "\" role=\"img\" aria-label=\"" << escapeHtml(c.name) << "\">\n";
    yAxis();
    areas();
    lines();
    xAxis();
    columns();
    out << "</svg>\n";
  }

private:
  double placeX(double x) const {
    auto map = [&](double value) { return c.logX ? std::log(value) : value; };
    double first = map(c.x.front()), last = map(c.x.back());
    return kLeft + (map(x) - first) / (last - first) * (width - kLeft - kRight);
  }

  double placeY(double y) const {
    auto map = [&](double value) { return c.logY ? std::log(std::max(value, c.firstY)) : value; };
    double share = (map(y) - map(c.firstY)) / (map(top) - map(c.firstY));
    return height - kBottom - share * (height - kTop - kBottom);
  }

  void point(size_t sample, double y) { out << format("%.1f,%.2f ", placeX(c.x[sample]), placeY(y)); }

  std::vector<double> yTicks() {
    std::vector<double> ticks;
    if (c.logY) {
      double decades = std::log10(top / c.firstY), step = std::pow(10, std::max(1.0, std::ceil(decades / 6)));
      for (double y = c.firstY; y <= top * 1.001; y *= step)
        ticks.push_back(y);
      return ticks;
    }
    double step = niceStep(top / 5);
    top = step * std::ceil(top / step);
    for (int i = 0; i * step <= top * 1.001; ++i)
      ticks.push_back(i * step);
    return ticks;
  }

  void yAxis() {
    out << "<g class=\"grid\">";
    for (double y : yTicks())
      out << format("<line x1=\"%g\" x2=\"%g\" y1=\"%.2f\" y2=\"%.2f\"/>", kLeft, width - kRight, placeY(y),
                    placeY(y))
          << format("<text class=\"y\" data-value=\"%.6g\" x=\"%g\" y=\"%.2f\" dy=\"0.32em\">", y, kLeft - 6,
                    placeY(y))
          << escapeHtml(c.yText(y)) << "</text>";
    out << "</g>\n";
  }

  void xAxis() {
    out << "<g class=\"grid\">";
    for (double x : c.xTicks)
      out << format("<text class=\"x\" x=\"%.1f\" y=\"%g\">", placeX(x), height - kBottom + 18)
          << escapeHtml(c.xText(x)) << "</text>";
    out << "</g>\n";
  }

  void areas() {
    std::vector<double> below(c.x.size(), 0);
    for (const Series &area : c.stacked) {
      out << "<polygon class=\"area k-" << area.key << "\" points=\"";
      for (size_t i = 0; i < c.x.size(); ++i)
        point(i, below[i] + area.values[i]);
      for (size_t i = c.x.size(); i-- > 0;)
        point(i, below[i]);
      out << "\"/>\n";
      for (size_t i = 0; i < c.x.size(); ++i)
        below[i] += area.values[i];
    }
  }

  void lines() {
    for (const Series &line : c.lines) {
      out << "<polyline class=\"line k-" << line.key << "\" points=\"";
      for (size_t i = 0; i < c.x.size(); ++i)
        point(i, line.values[i]);
      out << "\"/>\n";
    }
  }

  /// Invisible, for the mouse.
  void columns() {
    for (size_t i = 0; i < c.x.size(); ++i) {
      double left = i ? (placeX(c.x[i - 1]) + placeX(c.x[i])) / 2 : kLeft;
      double right = i + 1 < c.x.size() ? (placeX(c.x[i]) + placeX(c.x[i + 1])) / 2 : width - kRight;
      out << format("<rect class=\"column\" x=\"%.1f\" width=\"%.1f\" y=\"%g\" height=\"%g\"><title>", left,
                    right - left, kTop, height - kTop - kBottom)
          << escapeHtml(c.xText(c.x[i]));
      double sum = 0;
      for (const Series &line : c.lines)
        out << "\n" << escapeHtml(line.name) << ": " << escapeHtml(c.valueText(line.values[i]));
      for (const Series &area : llvm::reverse(c.stacked)) {
        out << "\n" << escapeHtml(area.name) << ": " << escapeHtml(c.valueText(area.values[i]));
        sum += area.values[i];
      }
      if (!c.stacked.empty())
        out << "\nall: " << escapeHtml(c.valueText(sum));
      out << "</title></rect>\n";
    }
  }

  const Chart &c;
  double width, height, top = 0;
  raw_ostream &out;
};

} // namespace

std::string drawChart(const Chart &chart, double width, double height, StringRef cssClass) {
  std::string text;
  llvm::raw_string_ostream out(text);
  Drawing(chart, width, height, out).draw(cssClass);
  return text;
}

std::string drawBar(StringRef name, const std::vector<Series> &series, double width, StringRef cssClass,
                    const std::function<std::string(double)> &text) {
  constexpr double kHeight = 26;
  double all = 0, x = 0;
  for (const Series &part : series)
    all += part.values[0];
  std::string svg;
  llvm::raw_string_ostream out(svg);
  out << "<svg class=\"bar " << cssClass << "\" viewBox=\"0 0 " << width << " " << kHeight
      << "\" role=\"img\" aria-label=\"" << escapeHtml(name) << "\">";
  for (const Series &part : series) {
    double share = part.values[0] / all;
    out << "<rect class=\"k-" << part.key << "\" "
        << format("x=\"%.2f\" width=\"%.2f\" height=\"%g\"><title>", x, share * width, kHeight)
        << escapeHtml(part.name) << ": " << escapeHtml(text(part.values[0])) << ", "
        << fixedText(100 * share, 2) << " %</title></rect>";
    x += share * width;
  }
  out << "</svg>\n";
  return svg;
}

} // namespace mlir::v4

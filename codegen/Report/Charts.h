// Charts as SVG that a page holds. Colours are left to the page: what a chart fills or strokes has the class
// "k-<key>" of its series. Every sample has a column over the whole height with a <title>, which browsers
// show to a mouse.
#pragma once

#include "llvm/ADT/StringRef.h"

#include <functional>
#include <string>
#include <vector>

namespace mlir::v4 {

struct Series {
  std::string key;
  std::string name;
  std::vector<double> values; // one a sample
};

struct Chart {
  std::string name; // for those who cannot see it
  std::vector<double> x;
  std::vector<double> xTicks;
  bool logX = true;
  bool logY = false;
  double firstY = 0;           // where the axis begins
  std::vector<Series> stacked; // areas, one upon the other
  std::vector<Series> lines;
  std::function<std::string(double)> xText;
  std::function<std::string(double)> yText;
  std::function<std::string(double)> valueText; // more exact
};

/// One <svg> of so many CSS pixels.
std::string drawChart(const Chart &chart, double width, double height, llvm::StringRef cssClass);

/// A bar cut into its series, which have one value each.
std::string drawBar(llvm::StringRef name, const std::vector<Series> &series, double width,
                    llvm::StringRef cssClass, const std::function<std::string(double)> &text);

} // namespace mlir::v4

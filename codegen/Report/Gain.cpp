#include "codegen/Report/Gain.h"

#include "codegen/Report/Format.h"
#include "dialects/V4/Reference/Ops.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace mlir::v4 {

namespace {

// As published: layers, streams, iterations, eps.
constexpr int64_t kMappings = 2 * 61, kStreams = 4, kIterations = 20;
constexpr double kEps = 1e-6;
constexpr int64_t kTokens = 8;
// Logits beside the diagonal, which is 0, in the direction of the leak and against it, and the spread of all.
constexpr double kAlong = -2.75, kAgainst = -6.75, kSpread = 0.1;

/// Normally distributed; std::normal_distribution is another one in every library.
class Normal {
public:
  double draw() {
    double radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(2 * M_PI * uniform());
  }

private:
  /// In (0, 1].
  double uniform() { return (double(engine() >> 11) + 1) / double(uint64_t(1) << 53); }

  std::mt19937_64 engine{6};
};

} // namespace

MappingProduct::MappingProduct(int64_t streams) : n(streams), matrix(n * n, 0) {
  for (int64_t i = 0; i < n; ++i)
    matrix[i * n + i] = 1;
}

void MappingProduct::push(const double *comb) {
  std::vector<double> next(n * n, 0);
  double most = 0;
  for (int64_t k = 0; k < n; ++k)
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = 0; j < n; ++j)
        next[k * n + i] += comb[j * n + k] * matrix[j * n + i];
      most = std::max(most, std::fabs(next[k * n + i]));
    }
  if (most > 0) {
    for (double &value : next)
      value /= most;
    power += std::log10(most);
  }
  matrix = std::move(next);
}

void MappingProduct::pushExponentials(const double *logits) {
  double top = *std::max_element(logits, logits + n * n);
  std::vector<double> raised(n * n);
  for (int64_t i = 0; i < n * n; ++i)
    raised[i] = std::exp(logits[i] - top);
  push(raised.data());
  power += top / M_LN10;
}

double MappingProduct::largest(bool rows) const {
  double most = 0;
  for (int64_t a = 0; a < n; ++a) {
    double sum = 0;
    for (int64_t b = 0; b < n; ++b)
      sum += std::fabs(matrix[rows ? a * n + b : b * n + a]);
    most = std::max(most, sum);
  }
  return std::log10(most);
}

void GainCurve::raise(size_t depth, const MappingProduct &product) {
  for (std::vector<double> *sums : {&rows, &columns})
    if (sums->size() <= depth)
      sums->resize(depth + 1, -std::numeric_limits<double>::infinity());
  rows[depth] = std::max(rows[depth], product.log10Rows());
  columns[depth] = std::max(columns[depth], product.log10Columns());
}

double GainCurve::larger(size_t depth) const { return std::max(rows[depth], columns[depth]); }

Stability measureSynthetic() {
  Stability result;
  result.source = "synthetic";
  result.tokens = kTokens;
  Normal noise;
  for (int64_t token = 0; token < kTokens; ++token) {
    MappingProduct projected(kStreams), unprojected(kStreams);
    for (int64_t mapping = 0; mapping < kMappings; ++mapping) {
      double logits[kStreams * kStreams];
      for (int64_t j = 0; j < kStreams; ++j)
        for (int64_t k = 0; k < kStreams; ++k)
          logits[j * kStreams + k] = (j == k ? 0 : j < k ? kAlong : kAgainst) + kSpread * noise.draw();
      unprojected.pushExponentials(logits);
      reference::sinkhorn(logits, kStreams, kIterations, kEps);
      projected.push(logits);
      result.projected.raise(mapping, projected);
      result.unprojected.raise(mapping, unprojected);
    }
  }
  return result;
}

std::string gainText(double log10Gain) {
  if (std::fabs(log10Gain) >= 6)
    return "10^" + fixedText(log10Gain, 1);
  return fixedText(std::pow(10, log10Gain), log10Gain >= 3 ? 0 : 3);
}

} // namespace mlir::v4

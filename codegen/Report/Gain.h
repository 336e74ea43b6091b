// How much a stack of stream mappings can amplify: the product of the matrices that mix the streams, from the
// first sublayer on.
//
// A mapping takes streams h to B h, B the transpose of what v4.hc_pre calls `comb`. The largest absolute sum
// of a row of the product B_L ... B_1 bounds what a stream can grow to, that of a column what a gradient can.
// For doubly stochastic B both are 1.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mlir::v4 {

/// The product, held as a matrix whose largest element is 1 and a power, since it may leave all bounds.
class MappingProduct {
public:
  explicit MappingProduct(int64_t streams);

  /// Multiplies with the transpose of `comb`, n x n, from the left.
  void push(const double *comb);
  /// With the transpose of the exponentials of `logits`, which may be beyond all bounds.
  void pushExponentials(const double *logits);
  double log10Rows() const { return power + largest(/*rows=*/true); }
  double log10Columns() const { return power + largest(/*rows=*/false); }

private:
  double largest(bool rows) const;

  int64_t n;
  double power = 0;
  std::vector<double> matrix;
};

/// Decimal logarithms of gains after each mapping, the largest of all tokens.
struct GainCurve {
  std::vector<double> rows, columns;

  void raise(size_t depth, const MappingProduct &product);
  /// Of rows and columns.
  double larger(size_t depth) const;
};

/// With the Sinkhorn projection, and without: with the exponentials of the logits, which it begins with.
struct Stability {
  std::string source; // "checkpoint", "synthetic"
  int64_t tokens = 0;
  GainCurve projected, unprojected;

  size_t mappings() const { return projected.rows.size(); }
};

/// 61 layers whose streams mostly keep to themselves and leak one way, which the projection converges slowest
/// on; logits are drawn around that.
Stability measureSynthetic();

/// "1.602", "2841", "10^76".
std::string gainText(double log10Gain);

} // namespace mlir::v4

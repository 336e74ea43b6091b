// Specification, section 3.
#include "dialects/V4/Reference/Math.h"
#include "dialects/V4/Reference/Ops.h"
#include "dialects/V4/Reference/Quantise.h"

#include <algorithm>

namespace mlir::v4::reference {
namespace {

/// Projections of a row's flattened streams with the norm's factor, which is applied after them.
std::vector<double> normalised(const double *projections, int64_t count, const double *streams, int64_t size,
                               double normEps) {
  double factor = reciprocalNorm(streams, size, normEps);
  std::vector<double> result(projections, projections + count);
  for (double &value : result)
    value *= factor;
  return result;
}

std::vector<double> project(const double *streams, const Tensor &fn, double normEps) {
  std::vector<double> result;
  for (int64_t n = 0; n < fn.dim(0); ++n)
    result.push_back(dot(fn.row(n), streams, fn.dim(1)));
  return normalised(result.data(), fn.dim(0), streams, fn.dim(1), normEps);
}

/// The n x n logits, of all projections of a row.
void combLogits(const std::vector<double> &m, const Tensor &base, const Tensor &scale, int64_t n,
                double *result) {
  for (int64_t i = 0; i < n * n; ++i)
    result[i] = m[2 * n + i] * scale.data[2] + base.data[2 * n + i];
}

/// result[i] = sum_k weights[k] streams[k, i]
void collapse(const double *streams, const double *weights, int64_t n, int64_t width, double *result) {
  for (int64_t i = 0; i < width; ++i) {
    double sum = 0;
    for (int64_t k = 0; k < n; ++k)
      sum += weights[k] * streams[k * width + i];
    result[i] = sum;
  }
}

} // namespace

Tensor hcExpand(const Tensor &input, int64_t streams) {
  Tensor result({input.rows(), streams, input.width()});
  for (int64_t t = 0; t < input.rows(); ++t)
    for (int64_t k = 0; k < streams; ++k)
      std::copy_n(input.row(t), input.width(), result.row(t) + k * input.width());
  return result;
}

void sinkhorn(double *matrix, int64_t n, int64_t iters, double eps) {
  auto normaliseRows = [&] {
    for (int64_t j = 0; j < n; ++j) {
      double sum = eps;
      for (int64_t k = 0; k < n; ++k)
        sum += matrix[j * n + k];
      for (int64_t k = 0; k < n; ++k)
        matrix[j * n + k] /= sum;
    }
  };
  auto normaliseColumns = [&] {
    for (int64_t k = 0; k < n; ++k) {
      double sum = eps;
      for (int64_t j = 0; j < n; ++j)
        sum += matrix[j * n + k];
      for (int64_t j = 0; j < n; ++j)
        matrix[j * n + k] /= sum;
    }
  };

  for (int64_t j = 0; j < n; ++j) {
    double *row = matrix + j * n;
    double top = *std::max_element(row, row + n), sum = 0;
    for (int64_t k = 0; k < n; ++k)
      sum += row[k] = std::exp(row[k] - top);
    for (int64_t k = 0; k < n; ++k)
      row[k] = row[k] / sum + eps;
  }
  normaliseColumns();
  for (int64_t iteration = 1; iteration < iters; ++iteration) {
    normaliseRows();
    normaliseColumns();
  }
}

Tensor hcLogits(const Tensor &streams, const Tensor &fn, const Tensor &base, const Tensor &scale,
                double normEps) {
  int64_t rows = streams.rows(), n = streams.dim(1);
  Tensor result({rows, n, n});
  for (int64_t t = 0; t < rows; ++t)
    combLogits(project(streams.row(t), fn, normEps), base, scale, n, result.row(t));
  return result;
}

HcMapping hcPre(const Tensor &streams, const Tensor &fn, const Tensor &base, const Tensor &scale,
                int64_t iters, double eps, double normEps, bool isProjected) {
  int64_t rows = streams.rows(), n = streams.dim(1), width = streams.dim(2);
  HcMapping result{Tensor({rows, width}), Tensor({rows, n}), Tensor({rows, n}), Tensor({rows, n, n})};
  for (int64_t t = 0; t < rows; ++t) {
    std::vector<double> m = isProjected
                                ? normalised(fn.row(t), fn.width(), streams.row(t), n * width, normEps)
                                : project(streams.row(t), fn, normEps);
    for (int64_t k = 0; k < n; ++k) {
      result.pre.row(t)[k] = sigmoid(m[k] * scale.data[0] + base.data[k]) + eps;
      result.post.row(t)[k] = 2 * sigmoid(m[n + k] * scale.data[1] + base.data[n + k]);
    }
    double *comb = result.comb.row(t);
    combLogits(m, base, scale, n, comb);
    sinkhorn(comb, n, iters, eps);
    collapse(streams.row(t), result.pre.row(t), n, width, result.collapsed.row(t));
  }
  return result;
}

Tensor hcPost(const Tensor &output, const Tensor &streams, const Tensor &post, const Tensor &comb,
              bool bf16) {
  int64_t n = streams.dim(1), width = streams.dim(2);
  Tensor result(streams.shape);
  for (int64_t t = 0; t < streams.rows(); ++t)
    for (int64_t k = 0; k < n; ++k)
      for (int64_t i = 0; i < width; ++i) {
        // The first index of comb is the old stream: the transpose of comb times the streams.
        double sum = toBF16If(bf16, post.row(t)[k]) * output.row(t)[i];
        for (int64_t j = 0; j < n; ++j)
          sum += toBF16If(bf16, comb.row(t)[j * n + k]) * streams.row(t)[j * width + i];
        result.row(t)[k * width + i] = sum;
      }
  return result;
}

Tensor hcHead(const Tensor &streams, const Tensor &fn, const Tensor &base, const Tensor &scale, double eps,
              double normEps) {
  int64_t n = streams.dim(1), width = streams.dim(2);
  Tensor result({streams.rows(), width});
  for (int64_t t = 0; t < streams.rows(); ++t) {
    std::vector<double> pre = project(streams.row(t), fn, normEps);
    for (int64_t k = 0; k < n; ++k)
      pre[k] = sigmoid(pre[k] * scale.data[0] + base.data[k]) + eps;
    collapse(streams.row(t), pre.data(), n, width, result.row(t));
  }
  return result;
}

} // namespace mlir::v4::reference

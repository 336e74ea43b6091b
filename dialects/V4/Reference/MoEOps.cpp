// Specification, section 6.
#include "dialects/V4/Reference/Math.h"
#include "dialects/V4/Reference/Ops.h"
#include "dialects/V4/Reference/Quantise.h"

#include <numeric>

namespace mlir::v4::reference {
namespace {

/// log(1 + e^v); above 20 the definition is v itself.
double softplus(double value) { return value > 20 ? value : std::log1p(std::exp(value)); }

/// result[n] = sum_k matrix[n, k] input[k]
std::vector<double> multiply(const double *matrix, const double *input, int64_t outputs, int64_t inputs,
                             bool bf16) {
  std::vector<double> result(outputs);
  for (int64_t n = 0; n < outputs; ++n)
    result[n] = toBF16If(bf16, dot(matrix + n * inputs, input, inputs));
  return result;
}

/// One expert's weight * silu(min(w1 x, limit)) * clamp(w3 x, -limit, limit).
void gatedHalf(const double *input, const double *w1, const double *w3, int64_t width, int64_t inputs,
               double weight, const ExpertOptions &options, double *result) {
  std::vector<double> gate = multiply(w1, input, width, inputs, options.bf16);
  std::vector<double> up = multiply(w3, input, width, inputs, options.bf16);
  for (int64_t i = 0; i < width; ++i) {
    double u = gate[i], v = up[i];
    if (options.limit > 0) {
      u = std::min(u, options.limit); // from above only
      v = std::clamp(v, -options.limit, options.limit);
    }
    result[i] = weight * u * sigmoid(u) * v;
  }
}

/// What the second matrix takes.
Tensor narrow(Tensor gated, const ExpertOptions &options) {
  for (double &value : gated.data)
    value = toBF16If(options.bf16, value);
  if (!options.quantise)
    return gated;
  return fakeQuantise(gated, gated.shape, QuantFormat::e4m3, kActivationBlock, gated.dim(-1));
}

} // namespace

Tensor routingWeights(const Tensor &scores, const Tensor &indices, ScoringFunc scoring, double scaling) {
  Tensor weights(indices.shape);
  int64_t k = indices.dim(1);
  for (int64_t t = 0; t < indices.rows(); ++t) {
    double sum = 0;
    for (int64_t i = 0; i < k; ++i)
      sum += weights.row(t)[i] = scores.row(t)[static_cast<int64_t>(indices.row(t)[i])];
    if (scoring == ScoringFunc::softmax)
      sum = 1;
    for (int64_t i = 0; i < k; ++i)
      weights.row(t)[i] *= scaling / sum;
  }
  return weights;
}

Tensor routerScores(const Tensor &logits, ScoringFunc scoring) {
  Tensor scores = logits;
  if (scoring != ScoringFunc::softmax) {
    for (double &value : scores.data)
      value = scoring == ScoringFunc::sigmoid ? sigmoid(value) : std::sqrt(softplus(value));
    return scores;
  }
  for (int64_t t = 0; t < logits.rows(); ++t) {
    double *row = scores.row(t);
    double top = *std::max_element(row, row + scores.width()), sum = 0;
    for (int64_t e = 0; e < scores.width(); ++e)
      sum += row[e] = std::exp(row[e] - top);
    for (int64_t e = 0; e < scores.width(); ++e)
      row[e] /= sum;
  }
  return scores;
}

Routing route(const Tensor &logits, const Tensor &bias, ScoringFunc scoring, double scaling, int64_t k) {
  Routing result{routerScores(logits, scoring), Tensor({logits.rows(), k}), Tensor()};
  for (int64_t t = 0; t < logits.rows(); ++t) {
    std::vector<int64_t> order(logits.width());
    std::iota(order.begin(), order.end(), 0);
    auto biased = [&](int64_t expert) { return result.scores.row(t)[expert] + bias.data[expert]; };
    std::sort(order.begin(), order.end(),
              [&](int64_t a, int64_t b) { return isBetter(biased(a), a, biased(b), b); });
    std::sort(order.begin(), order.begin() + k);
    std::copy_n(order.begin(), k, result.indices.row(t));
  }
  result.weights = routingWeights(result.scores, result.indices, scoring, scaling);
  return result;
}

Routing hashRoute(const Tensor &logits, const Tensor &tokens, const Tensor &table, ScoringFunc scoring,
                  double scaling) {
  Routing result{routerScores(logits, scoring), embed(tokens, table), Tensor()};
  for (int64_t t = 0; t < tokens.rows(); ++t)
    std::sort(result.indices.row(t), result.indices.row(t) + table.dim(1));
  result.weights = routingWeights(result.scores, result.indices, scoring, scaling);
  return result;
}

Tensor expertUp(const Tensor &input, const Tensor &indices, const Tensor *weights, const Tensor &w1,
                const Tensor &w3, const ExpertOptions &options) {
  int64_t k = indices.dim(1), width = w1.dim(1), inputs = w1.dim(2);
  Tensor result({input.rows(), k, width});
  for (int64_t t = 0; t < input.rows(); ++t)
    for (int64_t i = 0; i < k; ++i) {
      int64_t expert = static_cast<int64_t>(indices.row(t)[i]);
      gatedHalf(input.row(t), w1.row(expert), w3.row(expert), width, inputs, weights ? weights->row(t)[i] : 1,
                options, result.row(t) + i * width);
    }
  return result;
}

Tensor expertDown(const Tensor &input, const Tensor &indices, const Tensor *weights, const Tensor &w2,
                  const ExpertOptions &options) {
  int64_t k = indices.dim(1), outputs = w2.dim(1), width = w2.dim(2);
  Tensor result({input.rows(), outputs});
  for (int64_t t = 0; t < input.rows(); ++t)
    for (int64_t i = 0; i < k; ++i) {
      std::vector<double> part = multiply(w2.row(static_cast<int64_t>(indices.row(t)[i])),
                                          input.row(t) + i * width, outputs, width, options.bf16);
      for (int64_t n = 0; n < outputs; ++n)
        result.row(t)[n] += weights ? toBF16If(options.bf16, part[n] * weights->row(t)[i]) : part[n];
    }
  return result;
}

Tensor experts(const Tensor &input, const Tensor &indices, const Tensor &weights, const Tensor &w1,
               const Tensor &w3, const Tensor &w2, const ExpertOptions &options) {
  Tensor gated = expertUp(input, indices, options.weightLast ? nullptr : &weights, w1, w3, options);
  return expertDown(narrow(std::move(gated), options), indices, options.weightLast ? &weights : nullptr, w2,
                    options);
}

Tensor sharedUp(const Tensor &input, const Tensor &w1, const Tensor &w3, const ExpertOptions &options) {
  Tensor result({input.rows(), w1.dim(0)});
  for (int64_t t = 0; t < input.rows(); ++t)
    gatedHalf(input.row(t), w1.data.data(), w3.data.data(), w1.dim(0), w1.dim(1), /*weight=*/1, options,
              result.row(t));
  return result;
}

Tensor sharedExpert(const Tensor &input, const Tensor &w1, const Tensor &w3, const Tensor &w2,
                    const ExpertOptions &options) {
  Tensor result = linear(narrow(sharedUp(input, w1, w3, options), options), w2);
  for (double &value : result.data)
    value = toBF16If(options.bf16, value);
  return result;
}

} // namespace mlir::v4::reference

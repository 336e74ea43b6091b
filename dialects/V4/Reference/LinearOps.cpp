// Specification, sections 2, 4.1 and 4.2.
#include "dialects/V4/Reference/Math.h"
#include "dialects/V4/Reference/Ops.h"
#include "dialects/V4/Reference/Quantise.h"

namespace mlir::v4::reference {

Tensor embed(const Tensor &tokens, const Tensor &table) {
  Tensor result({tokens.rows(), table.dim(1)});
  for (int64_t t = 0; t < tokens.rows(); ++t)
    std::copy_n(table.row(tokens.id(t)), table.dim(1), result.row(t));
  return result;
}

Tensor gatherRows(const Tensor &input, const Tensor &rows) {
  std::vector<int64_t> shape = input.shape;
  shape[0] = rows.rows();
  Tensor result(shape);
  for (int64_t t = 0; t < rows.rows(); ++t)
    std::copy_n(input.row(rows.id(t)), input.width(), result.row(t));
  return result;
}

Tensor linear(const Tensor &input, const Tensor &weight) {
  int64_t outputs = weight.dim(0), inputs = weight.dim(1);
  assert(input.width() == inputs && "the weight's inputs are the row's elements");
  Tensor result({input.rows(), outputs});
  for (int64_t t = 0; t < input.rows(); ++t)
    for (int64_t n = 0; n < outputs; ++n)
      result.row(t)[n] = dot(input.row(t), weight.row(n), inputs);
  return result;
}

Tensor groupedLinear(const Tensor &input, const Tensor &weight) {
  int64_t groups = input.dim(1), inputs = input.dim(2), outputs = weight.dim(0) / groups;
  assert(weight.dim(1) == inputs && "the weight's inputs are the group's elements");
  Tensor result({input.rows(), groups, outputs});
  for (int64_t t = 0; t < input.rows(); ++t)
    for (int64_t g = 0; g < groups; ++g)
      for (int64_t n = 0; n < outputs; ++n)
        result.row(t)[g * outputs + n] = dot(input.row(t) + g * inputs, weight.row(g * outputs + n), inputs);
  return result;
}

Tensor scale(const Tensor &input, double factor) {
  Tensor result = input;
  for (double &value : result.data)
    value *= static_cast<float>(factor);
  return result;
}

Tensor add(const Tensor &lhs, const Tensor &rhs) {
  assert(lhs.size() == rhs.size() && "operands have one shape");
  Tensor result = lhs;
  for (int64_t i = 0; i < result.size(); ++i)
    result.data[i] += rhs.data[i];
  return result;
}

Tensor rmsNorm(const Tensor &input, const Tensor &weight, double eps) {
  Tensor result = input;
  int64_t width = input.width();
  for (int64_t t = 0; t < input.rows(); ++t) {
    double factor = reciprocalNorm(input.row(t), width, eps);
    for (int64_t i = 0; i < width; ++i)
      result.row(t)[i] *= factor * weight.data[i];
  }
  return result;
}

Tensor headNorm(const Tensor &input, double eps, bool bf16, bool bf16Result) {
  Tensor result = input;
  int64_t width = input.dim(-1);
  for (int64_t begin = 0; begin < input.size(); begin += width) {
    double sum = 0;
    for (int64_t i = begin; i < begin + width; ++i)
      sum += toBF16If(bf16, input.data[i] * input.data[i]);
    double mean = toBF16If(bf16, toBF16If(bf16, sum / width) + eps);
    double factor = toBF16If(bf16 || bf16Result, 1 / std::sqrt(mean));
    for (int64_t i = begin; i < begin + width; ++i)
      result.data[i] = toBF16If(bf16, input.data[i] * factor);
  }
  return result;
}

RopeTable ropeTable(const Tensor &positions, ArrayRef<float> frequencies, int64_t offset, Angles angles) {
  int64_t rows = positions.rows(), pairs = static_cast<int64_t>(frequencies.size());
  RopeTable table{Tensor({rows, pairs}), Tensor({rows, pairs})};
  for (int64_t t = 0; t < rows; ++t) {
    double position = static_cast<double>(std::max<int64_t>(positions.id(t) + offset, 0));
    for (int64_t i = 0; i < pairs; ++i) {
      if (angles == Angles::f64) {
        table.cos.row(t)[i] = std::cos(position * frequencies[i]);
        table.sin.row(t)[i] = std::sin(position * frequencies[i]);
        continue;
      }
      // The float32 product is the angle that models were trained with: near a million it is a sixteenth
      // coarse.
      float angle = static_cast<float>(position) * frequencies[i];
      table.cos.row(t)[i] = static_cast<float>(std::cos(static_cast<double>(angle)));
      table.sin.row(t)[i] = static_cast<float>(std::sin(static_cast<double>(angle)));
    }
  }
  return table;
}

Tensor rope(const Tensor &input, const Tensor &cos, const Tensor &sin, bool inverse) {
  Tensor result = input;
  int64_t width = input.dim(-1), pairs = cos.dim(1);
  int64_t heads = input.width() / width;
  for (int64_t t = 0; t < input.rows(); ++t)
    for (int64_t h = 0; h < heads; ++h) {
      double *tail = result.row(t) + (h + 1) * width - 2 * pairs;
      for (int64_t i = 0; i < pairs; ++i) {
        double a = tail[2 * i], b = tail[2 * i + 1];
        double c = cos.row(t)[i], s = inverse ? -sin.row(t)[i] : sin.row(t)[i];
        tail[2 * i] = a * c - b * s;
        tail[2 * i + 1] = a * s + b * c;
      }
    }
  return result;
}

} // namespace mlir::v4::reference

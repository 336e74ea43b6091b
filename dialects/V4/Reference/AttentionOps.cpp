// Specification, sections 4.3-4.5 and 5.3.
#include "dialects/V4/Reference/Math.h"
#include "dialects/V4/Reference/Ops.h"
#include "dialects/V4/Reference/Quantise.h"

#include <limits>
#include <numeric>

namespace mlir::v4::reference {
namespace {

using Keys = std::vector<const double *>;

Error appendWindow(const State &ring, int64_t slot, int64_t position, int64_t window, Keys &keys) {
  auto [begin, end] = visibleWindow(position, window);
  for (int64_t p = begin; p < end; ++p) {
    Expected<const double *> row = ring.read(slot, p);
    if (!row)
      return row.takeError();
    keys.push_back(*row);
  }
  return Error::success();
}

Error appendEntry(const State &entries, int64_t slot, int64_t entry, Keys &keys) {
  Expected<const double *> row = entries.read(slot, entry);
  if (!row)
    return row.takeError();
  keys.push_back(*row);
  return Error::success();
}

/// All heads of one query over the keys that it sees; keys are the values too.
void attend(const double *query, const Keys &keys, const Tensor &sink, int64_t width,
            const AttentionOptions &options, double *result) {
  for (int64_t h = 0; h < sink.rows(); ++h) {
    std::vector<double> weights;
    double top = -std::numeric_limits<double>::infinity();
    for (const double *key : keys) {
      weights.push_back(options.scale * dot(query + h * width, key, width));
      top = std::max(top, weights.back());
    }
    // The sink takes its share of the sum and gives no value.
    double sum = std::exp(sink.data[h] - top);
    for (double &weight : weights) {
      sum += weight = std::exp(weight - top);
      weight = toBF16If(options.bf16, weight); // for the values only
    }
    for (int64_t d = 0; d < width; ++d) {
      double value = 0;
      for (size_t j = 0; j < keys.size(); ++j)
        value += weights[j] * keys[j][d];
      result[h * width + d] = value / sum;
    }
  }
}

/// Attention of every row; `appendEntries` adds the compressed entries that row t sees.
Expected<Tensor> attention(const Tensor &query, const State &ring, const Tensor &sink, const Tensor &slots,
                           const Tensor &positions, const AttentionOptions &options,
                           llvm::function_ref<Error(int64_t, Keys &)> appendEntries) {
  Tensor result(query.shape);
  for (int64_t t = 0; t < query.rows(); ++t) {
    Keys keys;
    if (Error error = appendWindow(ring, slots.id(t), positions.id(t), options.window, keys))
      return error;
    if (Error error = appendEntries(t, keys))
      return error;
    attend(query.row(t), keys, sink, query.dim(2), options, result.row(t));
  }
  return result;
}

} // namespace

std::pair<int64_t, int64_t> visibleWindow(int64_t position, int64_t window) {
  return {std::max<int64_t>(0, position - window + 1), position + 1};
}

int64_t visibleEntries(int64_t position, int64_t ratio) { return (position + 1) / ratio; }

Expected<Tensor> indexScores(const Tensor &query, const Tensor &weights, const State &keys,
                             const Tensor &slots, const Tensor &positions, int64_t ratio, int64_t columns,
                             bool bf16) {
  int64_t heads = query.dim(1), width = query.dim(2);
  Tensor result({query.rows(), columns});
  std::fill(result.data.begin(), result.data.end(), -std::numeric_limits<double>::infinity());
  for (int64_t t = 0; t < query.rows(); ++t)
    for (int64_t e = 0; e < visibleEntries(positions.id(t), ratio); ++e) {
      Expected<const double *> key = keys.read(slots.id(t), e);
      if (!key)
        return key.takeError();
      double sum = 0;
      for (int64_t h = 0; h < heads; ++h) {
        double score = toBF16If(bf16, dot(query.row(t) + h * width, *key, width));
        sum += toBF16If(bf16, std::max(score, 0.0) * weights.row(t)[h]);
      }
      result.row(t)[e] = toBF16If(bf16, sum);
    }
  return result;
}

Tensor indexTopk(const Tensor &scores, const Tensor &positions, int64_t ratio, int64_t k) {
  Tensor result({scores.rows(), k});
  for (int64_t t = 0; t < scores.rows(); ++t) {
    const double *row = scores.row(t);
    std::vector<int64_t> order(visibleEntries(positions.id(t), ratio));
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(),
              [&](int64_t a, int64_t b) { return isBetter(row[a], a, row[b], b); });
    order.resize(std::min<size_t>(order.size(), k));
    std::sort(order.begin(), order.end());
    std::fill_n(result.row(t), k, -1);
    std::copy(order.begin(), order.end(), result.row(t));
  }
  return result;
}

Expected<Tensor> windowAttention(const Tensor &query, const State &ring, const Tensor &sink,
                                 const Tensor &slots, const Tensor &positions,
                                 const AttentionOptions &options) {
  return attention(query, ring, sink, slots, positions, options,
                   [](int64_t, Keys &) { return Error::success(); });
}

Expected<Tensor> csaAttention(const Tensor &query, const State &ring, const State &entries,
                              const Tensor &topk, const Tensor &sink, const Tensor &slots,
                              const Tensor &positions, const AttentionOptions &options) {
  return attention(query, ring, sink, slots, positions, options, [&](int64_t t, Keys &keys) -> Error {
    for (int64_t i = 0; i < topk.dim(1); ++i) {
      int64_t entry = static_cast<int64_t>(topk.row(t)[i]);
      if (entry < 0)
        continue;
      if (Error error = appendEntry(entries, slots.id(t), entry, keys))
        return error;
    }
    return Error::success();
  });
}

Expected<Tensor> hcaAttention(const Tensor &query, const State &ring, const State &entries,
                              const Tensor &sink, const Tensor &slots, const Tensor &positions, int64_t ratio,
                              const AttentionOptions &options) {
  return attention(query, ring, sink, slots, positions, options, [&](int64_t t, Keys &keys) -> Error {
    for (int64_t e = 0; e < visibleEntries(positions.id(t), ratio); ++e)
      if (Error error = appendEntry(entries, slots.id(t), e, keys))
        return error;
    return Error::success();
  });
}

Tensor groupHeads(const Tensor &input, const Tensor &cos, const Tensor &sin, int64_t groups) {
  Tensor result = rope(input, cos, sin, /*inverse=*/true);
  result.shape = {input.rows(), groups, input.width() / groups};
  return result;
}

} // namespace mlir::v4::reference

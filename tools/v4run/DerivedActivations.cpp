#include "tools/v4run/DerivedActivations.h"

#include "tools/v4run/Failure.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace v4run {

using Value = Activations::Value;
using Values = std::map<std::string, Value>;

static const Value *find(const Values &values, const std::string &name) {
  auto found = values.find(name);
  return found == values.end() ? nullptr : &found->second;
}

/// "layers.1." of every layer that has the value `last`.
static std::vector<std::string> layersWith(const Values &values, const std::string &last) {
  std::vector<std::string> layers;
  for (const auto &[name, value] : values)
    if (name.rfind("layers.", 0) == 0 && name.substr(name.find('.', 7) + 1) == last)
      layers.push_back(name.substr(0, name.size() - last.size()));
  return layers;
}

static Value floatsOf(std::vector<int64_t> rowShape, const std::vector<float> &values) {
  Value result;
  result.rowShape = std::move(rowShape);
  for (int64_t extent : result.rowShape)
    result.width *= extent;
  result.words.resize(values.size());
  if (!values.empty())
    memcpy(result.words.data(), values.data(), values.size() * sizeof(float));
  return result;
}

static double dot(const float *a, const float *b, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; ++i)
    sum += double(a[i]) * double(b[i]);
  return sum;
}

namespace {

/// What the attention of one layer looks at, for a sequence from position 0.
struct Attention {
  std::string layer; // "layers.1."
  const Value *q, *kv, *entries, *topk;
  uint32_t ratio;
  int64_t window, positions, entryCount, heads, headDim;

  Attention(const Values &values, std::string layerName, const std::map<std::string, uint32_t> &ratios,
            int64_t windowSize)
      : layer(std::move(layerName)), q(find(values, layer + "attn.q")), kv(find(values, layer + "attn.kv")),
        entries(find(values, layer + "attn.compressor.entries")),
        topk(find(values, layer + "attn.indexer.topk")), ratio(0), window(windowSize), positions(q->rows()),
        entryCount(entries ? entries->rows() : 0) {
    if (q->rowShape.size() != 2 || !kv || kv->width != q->rowShape[1] ||
        (entries && entries->width != kv->width))
      throw Failure("queries, keys and entries of " + layer + "attn do not fit each other");
    heads = q->rowShape[0];
    headDim = q->rowShape[1];
    if (auto found = ratios.find(layer + "attn.compressor.entries"); found != ratios.end())
      ratio = found->second;
    if (entries && ratio == 0)
      throw Failure("the tokens an entry of " + layer + "attn are not known");
  }

  int64_t columns() const { return positions + entryCount; }

  /// Columns that the query at a position looks at, ascending but for chosen entries.
  std::vector<int64_t> visible(int64_t position) const {
    std::vector<int64_t> result;
    for (int64_t p = std::max<int64_t>(0, position - window + 1); p <= position; ++p)
      result.push_back(p);
    int64_t ready = entries ? std::min((position + 1) / ratio, entryCount) : 0;
    if (!topk) {
      for (int64_t e = 0; e < ready; ++e)
        result.push_back(positions + e);
      return result;
    }
    const float *chosen = topk->floats(position);
    for (int64_t i = 0; i < topk->width; ++i) {
      int32_t entry;
      memcpy(&entry, chosen + i, sizeof entry);
      if (entry == -1)
        continue;
      if (entry < 0 || entry >= ready)
        throw Failure(layer + "attn.indexer chose entry " + std::to_string(entry) + " of " +
                      std::to_string(ready) + " at position " + std::to_string(position));
      result.push_back(positions + entry);
    }
    return result;
  }

  const float *key(int64_t column) const {
    return column < positions ? kv->floats(column) : entries->floats(column - positions);
  }

  Value probs(const std::vector<float> &sink) const {
    if (static_cast<int64_t>(sink.size()) != heads)
      throw Failure(layer + "attn.attn_sink has " + std::to_string(sink.size()) + " values for " +
                    std::to_string(heads) + " heads");
    const double scale = 1 / std::sqrt(double(headDim));
    std::vector<float> result(static_cast<size_t>(heads * positions * columns()));
    for (int64_t position = 0; position < positions; ++position) {
      const std::vector<int64_t> looked = visible(position);
      std::vector<double> score(looked.size());
      for (int64_t head = 0; head < heads; ++head) {
        const float *query = q->floats(position) + head * headDim;
        const double sinkScore = sink[static_cast<size_t>(head)];
        double largest = sinkScore;
        for (size_t i = 0; i < looked.size(); ++i) {
          score[i] = scale * dot(query, key(looked[i]), headDim);
          largest = std::max(largest, score[i]);
        }
        double sum = std::exp(sinkScore - largest);
        for (double &s : score)
          sum += s = std::exp(s - largest);
        float *row = result.data() + (head * positions + position) * columns();
        for (size_t i = 0; i < looked.size(); ++i)
          row[looked[i]] = static_cast<float>(score[i] / sum);
      }
    }
    return floatsOf({positions, columns()}, result);
  }
};

} // namespace

static std::vector<float> wanted(const WeightReader &weight, const std::string &name) {
  std::optional<std::vector<float>> values = weight(name);
  if (!values)
    throw Failure("the artifact has no weight " + name);
  return *std::move(values);
}

static std::string addProbs(Activations &activations, int64_t window, const WeightReader &weight,
                            int64_t mostBytes) {
  std::vector<std::pair<size_t, Attention>> all;
  int64_t bytes = 0;
  for (size_t i = 0; i < activations.count(); ++i)
    for (const std::string &layer : layersWith(activations.valuesOf(i), "attn.q")) {
      if (int64_t first = activations.rangeOf(i).first)
        return "attn.probs are left out: they need all of the sequence, and it starts at position " +
               std::to_string(first);
      all.emplace_back(i, Attention(activations.valuesOf(i), layer, activations.entryRatios(), window));
      const Attention &attention = all.back().second;
      bytes += attention.heads * attention.positions * attention.columns() * int64_t(sizeof(float));
      if (bytes > mostBytes)
        return "attn.probs are left out: together they have more than " + std::to_string(mostBytes >> 20) +
               " MiB";
    }
  for (const auto &[i, attention] : all) // a map keeps its elements where they are
    activations.valuesOf(i)[attention.layer + "attn.probs"] =
        attention.probs(wanted(weight, attention.layer + "attn.attn_sink"));
  return "";
}

static Value margins(const std::string &gate, const Value &scores, const Value &indices,
                     const std::vector<float> &bias) {
  if (static_cast<int64_t>(bias.size()) != scores.width || indices.rows() != scores.rows())
    throw Failure("scores, indices and bias of " + gate + " do not fit each other");
  const double inf = std::numeric_limits<double>::infinity();
  std::vector<float> result;
  for (int64_t row = 0; row < scores.rows(); ++row) {
    std::vector<bool> isChosen(bias.size());
    for (int64_t i = 0; i < indices.width; ++i) {
      int32_t expert;
      memcpy(&expert, indices.floats(row) + i, sizeof expert);
      if (expert < 0 || expert >= scores.width)
        throw Failure(gate + " chose expert " + std::to_string(expert) + " of " +
                      std::to_string(scores.width));
      isChosen[static_cast<size_t>(expert)] = true;
    }
    double chosen = inf, rejected = -inf;
    for (size_t e = 0; e < bias.size(); ++e) {
      double score = double(scores.floats(row)[e]) + double(bias[e]);
      if (isChosen[e])
        chosen = std::min(chosen, score);
      else
        rejected = std::max(rejected, score);
    }
    result.push_back(static_cast<float>(chosen - rejected));
  }
  return floatsOf({}, result);
}

static void addMargins(Activations &activations, const WeightReader &weight) {
  for (size_t i = 0; i < activations.count(); ++i) {
    Values &values = activations.valuesOf(i);
    for (const std::string &layer : layersWith(values, "ffn.gate.scores")) {
      std::string gate = layer + "ffn.gate";
      const Value *indices = find(values, gate + ".indices");
      std::optional<std::vector<float>> bias = weight(gate + ".bias");
      if (indices && bias)
        values[gate + ".margin"] = margins(gate, values.at(gate + ".scores"), *indices, *bias);
    }
  }
}

/// A layer's streams are those that the one before it left.
static void addStreams(Activations &activations) {
  for (size_t i = 0; i < activations.count(); ++i) {
    Values &values = activations.valuesOf(i);
    for (const std::string &layer : layersWith(values, "streams_out")) {
      int64_t number = std::stoll(layer.substr(layer.find('.') + 1));
      std::string source = number ? "layers." + std::to_string(number - 1) + ".streams_out" : "streams";
      if (const Value *streams = find(values, source))
        values[layer + "streams_in"] = *streams;
    }
    values.erase("streams");
  }
}

std::string addDerived(Activations &activations, int64_t window, const WeightReader &weight,
                       int64_t mostProbsBytes) {
  addStreams(activations);
  addMargins(activations, weight);
  return addProbs(activations, window, weight, mostProbsBytes);
}

} // namespace v4run

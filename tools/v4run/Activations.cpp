#include "tools/v4run/Activations.h"

#include "tools/v4run/Failure.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <set>

namespace v4run {

static const std::set<std::string> kLayerNames = {"hc_attn.pre",
                                                  "hc_attn.post",
                                                  "hc_attn.comb",
                                                  "hc_attn.collapsed",
                                                  "attn.input",
                                                  "attn.q_lora",
                                                  "attn.q",
                                                  "attn.kv",
                                                  "attn.indexer.q",
                                                  "attn.indexer.weights",
                                                  "attn.indexer.scores",
                                                  "attn.indexer.topk",
                                                  "attn.core_out",
                                                  "attn.o_grouped",
                                                  "attn.o_lora",
                                                  "attn.out",
                                                  "streams_mid",
                                                  "hc_ffn.pre",
                                                  "hc_ffn.post",
                                                  "hc_ffn.comb",
                                                  "hc_ffn.collapsed",
                                                  "ffn.input",
                                                  "ffn.gate.logits",
                                                  "ffn.gate.scores",
                                                  "ffn.gate.indices",
                                                  "ffn.gate.weights",
                                                  "ffn.routed_out",
                                                  "ffn.shared_out",
                                                  "ffn.out",
                                                  "streams_out"};

/// The name behind "layers.<number>."; empty if there is no such beginning.
static std::string behindLayer(const std::string &name) {
  static const std::string kLayers = "layers.";
  if (name.rfind(kLayers, 0) != 0)
    return "";
  size_t end = name.find_first_not_of("0123456789", kLayers.size());
  if (end == std::string::npos || end == kLayers.size() || name[end] != '.')
    return "";
  return name.substr(end + 1);
}

bool isTraceName(const std::string &name) {
  return name == "streams" || name == "hc_head.out" || name == "norm.out" ||
         kLayerNames.count(behindLayer(name)) != 0;
}

bool isEntriesName(const std::string &name) {
  std::string last = behindLayer(name);
  return last == "attn.compressor.entries" || last == "attn.indexer.entries";
}

static const std::string kEntries = "entries", kScores = "scores";

/// "layers.1.attn.indexer." of one of its names.
static std::string prefixOf(const std::string &name, const std::string &last) {
  return name.substr(0, name.size() - last.size());
}

int64_t Activations::Value::rows() const { return width ? static_cast<int64_t>(words.size()) / width : 0; }

const float *Activations::Value::floats(int64_t row) const {
  return reinterpret_cast<const float *>(words.data()) + row * width;
}

int32_t *Activations::Value::integers(int64_t row) {
  return reinterpret_cast<int32_t *>(words.data()) + row * width;
}

Activations::Activations(std::vector<SequenceRange> ranges, std::map<std::string, uint32_t> ratiosOfStates)
    : ratios(std::move(ratiosOfStates)) {
  for (const SequenceRange &range : ranges)
    sequences.push_back({range, {}});
}

void Activations::beginStep(std::vector<uint32_t> rows) {
  sequenceOfRow = std::move(rows);
  shown.clear();
}

void Activations::observer(void *user, const char *name, v4_type type, int32_t rank, const int64_t *shape,
                           const void *data) {
  Activations &self = *static_cast<Activations *>(user);
  if (!self.failure.empty() || !isTraceName(name))
    return;
  try { // the runtime cannot pass an exception on
    self.observe(name, type, {shape, shape + rank}, data);
  } catch (const std::exception &exception) {
    self.failure = exception.what();
  }
}

static void appendWords(Activations::Value &value, const char *row, size_t bytes) {
  size_t first = value.words.size(), width = static_cast<size_t>(value.width);
  value.words.resize(first + width);
  if (value.type != v4rt::checkpoint::DType::bf16) {
    memcpy(value.words.data() + first, row, bytes);
    return;
  }
  for (size_t i = 0; i < width; ++i) {
    uint16_t half;
    memcpy(&half, row + i * sizeof half, sizeof half);
    value.words[first + i] = uint32_t(half) << 16;
  }
}

void Activations::observe(const std::string &name, v4_type type, std::vector<int64_t> shape,
                          const void *data) {
  if (type != V4_F32 && type != V4_BF16 && type != V4_I32)
    throw Failure("value " + name + " is neither f32, bf16 nor i32, and cannot be written");
  size_t &first = shown[name];
  size_t count = static_cast<size_t>(shape.at(0));
  if (first + count > sequenceOfRow.size())
    throw Failure("value " + name + " was shown with more rows than the step's " +
                  std::to_string(sequenceOfRow.size()));
  std::vector<int64_t> rowShape(shape.begin() + 1, shape.end());
  int64_t width = 1;
  for (int64_t extent : rowShape)
    width *= extent;
  const size_t bytes = static_cast<size_t>(width) * (type == V4_BF16 ? sizeof(uint16_t) : sizeof(uint32_t));
  const char *row = static_cast<const char *>(data);
  for (size_t i = 0; i < count; ++i, row += bytes) {
    Value &value = sequences[sequenceOfRow[first + i]].values[name];
    value.type = type == V4_F32 ? DType::f32 : type == V4_BF16 ? DType::bf16 : DType::i32;
    value.rowShape = rowShape;
    value.width = width;
    appendWords(value, row, bytes);
  }
  first += count;
}

void Activations::addEntries(uint32_t sequence, const std::string &name, DType type, int64_t width,
                             const std::vector<float> &rows) {
  Value &value = sequences[sequence].values[name];
  value.type = type;
  value.rowShape = {width};
  value.width = width;
  value.words.resize(rows.size());
  if (!rows.empty())
    memcpy(value.words.data(), rows.data(), rows.size() * sizeof(float));
}

void Activations::finish() {
  if (!failure.empty())
    throw Failure(failure);
  for (Sequence &sequence : sequences) {
    for (const auto &[name, value] : sequence.values)
      if (!isEntriesName(name) && value.rows() != sequence.range.rows)
        throw Failure("value " + name + " was shown for " + std::to_string(value.rows()) + " of " +
                      std::to_string(sequence.range.rows) + " tokens");
    for (const auto &[state, ratio] : ratios)
      finishIndexer(sequence, prefixOf(state, kEntries), ratio);
  }
}

void Activations::finishIndexer(Sequence &sequence, const std::string &prefix, uint32_t ratio) {
  auto found = sequence.values.find(prefix + kScores);
  if (found == sequence.values.end())
    return;
  const Value &all = found->second;
  const SequenceRange &range = sequence.range;
  Value scores;
  scores.width = std::min<int64_t>((range.first + range.rows) / ratio, all.width);
  scores.rowShape = {scores.width};
  for (int64_t row = 0; row < range.rows; ++row) {
    const float *from = all.floats(row);
    int64_t visible = (range.first + row + 1) / ratio;
    for (int64_t e = 0; e < scores.width; ++e) {
      float score = e < visible ? from[e] : -std::numeric_limits<float>::infinity();
      uint32_t word;
      memcpy(&word, &score, sizeof word);
      scores.words.push_back(word);
    }
  }
  if (auto topk = sequence.values.find(prefix + "topk"); topk != sequence.values.end()) {
    Value margin;
    margin.words.resize(static_cast<size_t>(range.rows));
    finishTopk(sequence, scores, topk->second, ratio, margin);
    sequence.values[prefix + "margin"] = std::move(margin);
  }
  found->second = std::move(scores);
}

void Activations::finishTopk(const Sequence &sequence, const Value &scores, Value &topk, uint32_t ratio,
                             Value &margin) const {
  Value cut;
  cut.type = DType::i32;
  cut.width = std::min(topk.width, scores.width);
  cut.rowShape = {cut.width};
  cut.words.assign(static_cast<size_t>(cut.width * sequence.range.rows), static_cast<uint32_t>(-1));
  float *margins = reinterpret_cast<float *>(margin.words.data());
  for (int64_t row = 0; row < sequence.range.rows; ++row) {
    const float *score = scores.floats(row);
    const int32_t *given = topk.integers(row);
    int64_t visible = std::min<int64_t>((sequence.range.first + row + 1) / ratio, scores.width);
    std::vector<int32_t> chosen;
    std::vector<bool> isChosen(static_cast<size_t>(visible));
    for (int64_t i = 0; i < topk.width; ++i) {
      if (given[i] == -1)
        continue;
      if (given[i] < 0 || given[i] >= visible || isChosen[static_cast<size_t>(given[i])])
        throw Failure("the indexer chose entry " + std::to_string(given[i]) + " of " +
                      std::to_string(visible) + " at position " + std::to_string(sequence.range.first + row) +
                      ", or chose it twice");
      isChosen[static_cast<size_t>(given[i])] = true;
      chosen.push_back(given[i]);
    }
    std::sort(chosen.begin(), chosen.end(),
              [&](int32_t a, int32_t b) { return score[a] != score[b] ? score[a] > score[b] : a < b; });
    std::copy(chosen.begin(), chosen.end(), cut.integers(row));
    float rejected = -std::numeric_limits<float>::infinity();
    for (int64_t e = 0; e < visible; ++e)
      if (!isChosen[static_cast<size_t>(e)])
        rejected = std::max(rejected, score[e]);
    bool choice = static_cast<int64_t>(chosen.size()) < visible && !chosen.empty();
    margins[row] = choice ? score[chosen.back()] - rejected : std::numeric_limits<float>::infinity();
  }
  topk = std::move(cut);
}

void Activations::append(std::vector<v4rt::checkpoint::TensorToWrite> &tensors, bool isBatch) {
  for (size_t i = 0; i < sequences.size(); ++i)
    for (const auto &[name, value] : sequences[i].values) {
      int64_t rows = value.width ? value.rows() : sequences[i].range.rows;
      std::vector<int64_t> shape = {rows};
      shape.insert(shape.end(), value.rowShape.begin(), value.rowShape.end());
      const void *data = value.words.data();
      if (value.type == DType::bf16) {
        std::vector<uint16_t> &halves = written.emplace_back();
        for (uint32_t word : value.words)
          halves.push_back(static_cast<uint16_t>(word >> 16));
        data = halves.data();
      }
      tensors.push_back(
          {name + (isBatch ? "." + std::to_string(i) : ""), value.type, std::move(shape), data});
    }
}

} // namespace v4run

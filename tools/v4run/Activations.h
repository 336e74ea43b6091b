// --dump-activations: values that the runtime shows while it runs, put together to one tensor a name and
// sequence.
//
// The names are those of the fixtures' traces, one row a token in the order of positions. Three are finished
// here, because they depend on where the sequence ends or on a comparison of scores:
//   attn.indexer.scores  one column for each entry there is at the end; -inf where the entry is not yet
//   complete attn.indexer.topk    the chosen entries by descending score (of equal ones the lower first),
//   then -1 attn.indexer.margin  lowest chosen score minus highest rejected one; inf where nothing is
//   rejected
#pragma once

#include "runtime/checkpoint/SafetensorsWriter.h"
#include "runtime/include/v4.h"

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace v4run {

/// What is run of a sequence: `rows` tokens from position `first`.
struct SequenceRange {
  int64_t first = 0;
  int64_t rows = 0;
};

/// Whether a name is one of the fixtures' that are observed (entries are states, and not among them).
bool isTraceName(const std::string &name);

/// "layers.1.attn.compressor.entries" or "...indexer.entries".
bool isEntriesName(const std::string &name);

class Activations {
public:
  using DType = v4rt::checkpoint::DType;

  /// Rows of 4-byte values; BF16 ones are kept as F32.
  struct Value {
    DType type = DType::f32;
    std::vector<int64_t> rowShape;
    int64_t width = 1;
    std::vector<uint32_t> words;

    int64_t rows() const;
    const float *floats(int64_t row) const;
    int32_t *integers(int64_t row);
  };

  /// `ratios`: tokens an entry of every compressor and indexer, by the name of its state
  /// ("layers.1.attn.indexer.entries").
  Activations(std::vector<SequenceRange> sequences, std::map<std::string, uint32_t> ratios);

  /// The sequence of each row of the step that comes next.
  void beginStep(std::vector<uint32_t> sequenceOfRow);

  /// A v4_observer; `user` is the Activations. What goes wrong is kept for finish().
  static void observer(void *user, const char *name, v4_type type, int32_t rank, const int64_t *shape,
                       const void *data);

  /// Entries of a sequence, read from its state at the end.
  void addEntries(uint32_t sequence, const std::string &name, DType type, int64_t width,
                  const std::vector<float> &rows);

  /// Checks that every value is complete and finishes those above. Throws Failure.
  void finish();

  /// The sequences and what there is of them by name; to add to, once finished (DerivedActivations.h).
  size_t count() const { return sequences.size(); }
  const SequenceRange &rangeOf(size_t sequence) const { return sequences[sequence].range; }
  std::map<std::string, Value> &valuesOf(size_t sequence) { return sequences[sequence].values; }
  const std::map<std::string, uint32_t> &entryRatios() const { return ratios; }

  /// Sorted by name, so that the file does not depend on the order of execution; `.i` is appended for
  /// sequence i of a batch. Valid as long as this object.
  void append(std::vector<v4rt::checkpoint::TensorToWrite> &tensors, bool isBatch);

private:
  struct Sequence {
    SequenceRange range;
    std::map<std::string, Value> values;
  };

  void observe(const std::string &name, v4_type type, std::vector<int64_t> shape, const void *data);
  void finishIndexer(Sequence &sequence, const std::string &prefix, uint32_t ratio);
  void finishTopk(const Sequence &sequence, const Value &scores, Value &topk, uint32_t ratio,
                  Value &margin) const;

  std::vector<Sequence> sequences;
  std::map<std::string, uint32_t> ratios;
  std::vector<uint32_t> sequenceOfRow;
  std::map<std::string, size_t> shown; // rows of the step, by name
  std::string failure;
  std::deque<std::vector<uint16_t>> written; // BF16 values
};

} // namespace v4run

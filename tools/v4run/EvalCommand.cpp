// v4run eval: logits of all tokens of given sequences.
#include "runtime/checkpoint/SafetensorsWriter.h"
#include "runtime/include/v4.hpp"
#include "tools/v4run/Activations.h"
#include "tools/v4run/CommandLine.h"
#include "tools/v4run/Commands.h"
#include "tools/v4run/DerivedActivations.h"
#include "tools/v4run/Failure.h"
#include "tools/v4run/OutputFile.h"
#include "tools/v4run/Progress.h"
#include "tools/v4run/Tokens.h"
#include "tools/v4run/WeightValues.h"

#include <algorithm>
#include <optional>
#include <unistd.h>

namespace v4run {

using v4rt::checkpoint::DType;
using v4rt::checkpoint::TensorToWrite;

// Without --chunk: bounds the rows of logits that the runtime holds. The result is the same for any size.
static constexpr int64_t kLargestChunk = 1024;

static constexpr int64_t kMostTokens = INT32_MAX;

namespace {

class Eval {
public:
  explicit Eval(const CommandLine &line)
      : artifactPath(line.text("artifact")), logitsPath(line.required("logits")),
        loadPath(line.text("load-state")), savePath(line.text("save-state")),
        chunk(line.integer("chunk", kLargestChunk, 1, kMostTokens)),
        decode(line.integer("decode", 0, 0, kMostTokens)), dump(line.has("dump-activations")),
        model(artifactPath), info(model.info()),
        tokens(readTokens(line.required("tokens"), info.vocab_size)) {
    checkOptions();
    v4_session_options options = {};
    options.max_sequences = static_cast<uint32_t>(tokens.sequences.size());
    options.threads = line.threads();
    options.device = line.device();
    session.emplace(model, options);
    if (!loadPath.empty())
      session->restore(0, loadPath);
    for (size_t i = 0; i < tokens.sequences.size(); ++i)
      addSequence(i);
    if (dump)
      startDump();
  }

  void run() {
    Progress progress("evaluating", "tokens");
    uint64_t total = 0, done = 0;
    for (const std::vector<int32_t> &ids : tokens.sequences)
      total += ids.size();
    while (done < total) {
      done += step();
      progress.update(done, total);
    }
  }

  void write() {
    if (dump)
      finishDump();
    std::vector<TensorToWrite> tensors;
    for (size_t i = 0; i < sequences.size(); ++i)
      tensors.push_back({tokens.isBatch ? "logits." + std::to_string(i) : "logits",
                         DType::f32,
                         {ranges[i].rows, info.vocab_size},
                         sequences[i].logits.data()});
    for (size_t i = 0; dump && i < sequences.size(); ++i)
      tensors.push_back({tokens.isBatch ? "tokens." + std::to_string(i) : "tokens",
                         DType::i32,
                         {ranges[i].rows},
                         tokens.sequences[i].data()});
    if (dump)
      activations->append(tensors, tokens.isBatch);
    if (!savePath.empty())
      session->snapshot(0, savePath);
    std::string error;
    if (!v4rt::checkpoint::writeSafetensors(logitsPath, tensors, {}, error)) {
      if (!savePath.empty())
        unlink(savePath.c_str()); // a failure leaves nothing behind
      throw Failure(error);
    }
  }

private:
  struct Sequence {
    size_t fed = 0;
    std::vector<float> logits;
  };

  void checkOptions() const {
    for (const std::vector<int32_t> &ids : tokens.sequences)
      if (decode > static_cast<int64_t>(ids.size()))
        throw UsageError("option --decode is " + std::to_string(decode) +
                         ", but there is a sequence of only " + std::to_string(ids.size()) + " tokens");
    for (const char *option : {"--save-state", "--load-state"})
      if (tokens.sequences.size() > 1 && !(option[2] == 's' ? savePath : loadPath).empty())
        throw UsageError(std::string("option ") + option + " wants a single sequence, the tokens have " +
                         std::to_string(tokens.sequences.size()));
    checkWritable(logitsPath);
    if (!savePath.empty())
      checkWritable(savePath);
  }

  void addSequence(size_t index) {
    SequenceRange range;
    range.first = session->length(static_cast<int32_t>(index));
    range.rows = static_cast<int64_t>(tokens.sequences[index].size());
    if (range.first + range.rows > info.max_context)
      throw Failure("sequence " + std::to_string(index) + " would have " +
                    std::to_string(range.first + range.rows) +
                    " tokens, more than the artifact's max context of " + std::to_string(info.max_context));
    ranges.push_back(range);
    sequences.emplace_back();
    sequences.back().logits.reserve(static_cast<size_t>(range.rows) * info.vocab_size);
  }

  /// Tokens of a sequence that the next step takes.
  size_t nextPiece(size_t index) const {
    size_t length = tokens.sequences[index].size(), fed = sequences[index].fed;
    size_t prefilled = length - static_cast<size_t>(decode);
    if (fed < prefilled)
      return std::min(static_cast<size_t>(chunk), prefilled - fed);
    return fed < length ? 1 : 0;
  }

  /// One step of all sequences that are not at their end; returns its tokens.
  size_t step() {
    std::vector<v4_token> rows;
    std::vector<uint32_t> sequenceOfRow;
    for (size_t i = 0; i < sequences.size(); ++i) {
      for (size_t count = nextPiece(i); count > 0; --count) {
        size_t at = sequences[i].fed++;
        rows.push_back({static_cast<int32_t>(i), static_cast<int32_t>(ranges[i].first + int64_t(at)),
                        tokens.sequences[i][at], 1});
        sequenceOfRow.push_back(static_cast<uint32_t>(i));
      }
    }
    if (activations)
      activations->beginStep(sequenceOfRow);
    session->step(rows);
    v4::Session::Logits logits = session->logits();
    if (logits.count != rows.size())
      throw Failure("the runtime gave " + std::to_string(logits.count) + " rows of logits for " +
                    std::to_string(rows.size()) + " tokens");
    for (size_t i = 0; i < rows.size(); ++i) {
      std::vector<float> &to = sequences[sequenceOfRow[i]].logits;
      const float *from = logits.rows + i * info.vocab_size;
      to.insert(to.end(), from, from + info.vocab_size);
    }
    return rows.size();
  }

  std::vector<v4_state_info_t> entryStates() const {
    std::vector<v4_state_info_t> states;
    for (size_t i = 0; i < v4_model_state_count(model.get()); ++i) {
      v4_state_info_t state;
      v4::call(v4_model_state_info, model.get(), i, &state);
      if (!state.is_ring && state.ratio != 0 && isEntriesName(state.name))
        states.push_back(state);
    }
    return states;
  }

  void startDump() {
    std::map<std::string, uint32_t> ratios;
    for (const v4_state_info_t &state : entryStates())
      ratios[state.name] = state.ratio;
    activations.emplace(ranges, std::move(ratios));
    v4::call(v4_session_set_observer, session->get(), &Activations::observer,
             static_cast<void *>(&*activations));
  }

  void finishDump() {
    for (const v4_state_info_t &state : entryStates())
      for (size_t i = 0; i < sequences.size(); ++i) {
        auto count = static_cast<uint64_t>(ranges[i].first + ranges[i].rows) / state.ratio;
        std::vector<float> rows(count * state.row_elements);
        if (count > 0)
          v4::call(v4_session_read_state, session->get(), state.name, static_cast<int32_t>(i), uint64_t(0),
                   count, rows.data());
        activations->addEntries(static_cast<uint32_t>(i), state.name,
                                state.type == V4_BF16 ? DType::bf16 : DType::f32,
                                static_cast<int64_t>(state.row_elements), rows);
      }
    activations->finish();
    v4rt::Artifact artifact; // the model has checked its weights
    check(artifact.open(artifactPath, V4_VERIFY_NEVER));
    std::string leftOut = addDerived(*activations, info.window,
                                     [&](const std::string &name) { return weightValues(artifact, name); });
    if (!leftOut.empty())
      fprintf(stderr, "v4run: note: %s\n", leftOut.c_str());
  }

  std::string artifactPath, logitsPath, loadPath, savePath;
  int64_t chunk, decode;
  bool dump;
  v4::Model model;
  v4_model_info_t info;
  Tokens tokens;
  std::vector<SequenceRange> ranges;
  std::vector<Sequence> sequences;
  std::optional<Activations> activations; // outlives the session that calls it
  std::optional<v4::Session> session;
};

} // namespace

void evalCommand(const Arguments &arguments) {
  CommandLine line(
      "eval OUT.v4 --tokens TOKENS.json --logits OUT.safetensors [option...]",
      "Runs sequences of tokens and writes the logits after each token, F32 [tokens, vocabulary], as\n"
      "'logits'; of a batch as 'logits.0', 'logits.1', ... The result depends neither on --chunk and\n"
      "--decode, nor on the threads or the other sequences of a batch.");
  line.positional("artifact")
      .value("tokens", "FILE", "JSON array of token ids, or of such arrays: a batch")
      .value("logits", "FILE", "the safetensors file to write")
      .value("chunk", "N", "tokens of a sequence run at once (the whole prompt)")
      .value("decode", "K", "feed the last K tokens of each sequence one at a time (0)")
      .value("threads", "N", "threads that compute (one a processor)")
      .value("device", "NAME",
             "cpu, cuda, or sim, which checks kernels for a GPU on the CPU (as the artifact is)")
      .flag("dump-activations", "also write values in between, 'layers.0.attn.q' ...")
      .value("load-state", "FILE", "continue the sequence of this snapshot")
      .value("save-state", "FILE", "write a snapshot of the sequence at the end");
  if (!line.parse(arguments))
    return;
  Eval eval(line);
  eval.run();
  eval.write();
}

} // namespace v4run

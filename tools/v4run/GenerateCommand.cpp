// v4run generate: tokens that follow a prompt.
#include "runtime/include/v4.hpp"
#include "tools/v4run/CommandLine.h"
#include "tools/v4run/Commands.h"
#include "tools/v4run/Failure.h"
#include "tools/v4run/Progress.h"
#include "tools/v4run/Sampler.h"
#include "tools/v4run/Tokens.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

namespace v4run {

// Prompt tokens run at once: the result is the same for any number.
static constexpr size_t kPromptStep = 512;

namespace {

using Clock = std::chrono::steady_clock;

double millisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double perSecond(size_t tokens, double milliseconds) {
  return tokens && milliseconds > 0 ? static_cast<double>(tokens) * 1e3 / milliseconds : 0;
}

struct Timings {
  double load = 0, prefill = 0, decode = 0; // ms
  size_t steps = 0;                         // of decode
};

class Generation {
public:
  Generation(const v4::Model &model, const CommandLine &line, std::vector<int32_t> ids)
      : info(model.info()), prompt(std::move(ids)), session(model, sessionOptions(line)),
        sampler(samplerOptions(line)), most(static_cast<size_t>(line.integer("max-tokens", 0, 1, INT32_MAX))),
        endToken(line.has("ignore-eos") ? -1 : info.eos_token), streams(!line.has("json")) {
    if (prompt.size() > info.max_context)
      throw Failure("the prompt has " + std::to_string(prompt.size()) +
                    " tokens, more than the artifact's max context of " + std::to_string(info.max_context));
  }

  void run() {
    auto start = Clock::now();
    prefill();
    timings.prefill = millisecondsSince(start);
    start = Clock::now();
    decode();
    timings.decode = millisecondsSince(start);
  }

  std::vector<int32_t> tokens; // without the end token
  const char *finishReason = "";
  Timings timings;

private:
  static v4_session_options sessionOptions(const CommandLine &line) {
    v4_session_options options = {};
    options.threads = line.threads();
    return options;
  }

  static SamplerOptions samplerOptions(const CommandLine &line) {
    SamplerOptions options;
    options.temperature = line.number("temperature", 0, 0, 100);
    options.topP = line.number("top-p", 1, 0, 1);
    options.seed = static_cast<uint64_t>(line.integer("seed", 0, 0, INT64_MAX));
    return options;
  }

  void prefill() {
    Progress progress("prompt", "tokens");
    for (size_t first = 0; first < prompt.size(); first += kPromptStep) {
      size_t last = std::min(first + kPromptStep, prompt.size());
      std::vector<v4_token> rows;
      for (size_t i = first; i < last; ++i)
        rows.push_back({0, static_cast<int32_t>(i), prompt[i], i + 1 == prompt.size()});
      session.step(rows);
      progress.update(last, prompt.size());
    }
  }

  void decode() {
    Progress progress("generating", "tokens");
    for (;;) {
      v4::Session::Logits logits = session.logits();
      if (logits.count != 1)
        throw Failure("the runtime gave " + std::to_string(logits.count) + " rows of logits, wanted 1");
      int32_t token = sampler.choose(logits.rows, info.vocab_size);
      if (token == endToken)
        return finish("stop");
      emit(token);
      if (tokens.size() == most)
        return finish("length");
      int64_t position = session.length(0);
      if (position >= info.max_context)
        return finish("context");
      session.step({{0, static_cast<int32_t>(position), token, 1}});
      ++timings.steps;
      if (!streams)
        progress.update(tokens.size(), most);
    }
  }

  void emit(int32_t token) {
    tokens.push_back(token);
    if (!streams)
      return;
    printf(tokens.size() == 1 ? "%d" : " %d", token);
    fflush(stdout);
  }

  void finish(const char *reason) {
    finishReason = reason;
    if (streams)
      printf("\n");
  }

  v4_model_info_t info;
  std::vector<int32_t> prompt;
  v4::Session session;
  Sampler sampler;
  size_t most;
  int32_t endToken;
  bool streams;
};

} // namespace

static void printJson(const Generation &generation, size_t promptTokens) {
  const Timings &t = generation.timings;
  nlohmann::ordered_json answer;
  answer["tokens"] = generation.tokens;
  answer["prompt_tokens"] = promptTokens;
  answer["finish_reason"] = generation.finishReason;
  answer["timings"] = {{"load_ms", t.load},
                       {"prefill_ms", t.prefill},
                       {"decode_ms", t.decode},
                       {"prefill_tokens_per_s", perSecond(promptTokens, t.prefill)},
                       {"tokens_per_s", perSecond(t.steps, t.decode)}};
  printf("%s\n", answer.dump().c_str());
}

void generateCommand(const Arguments &arguments) {
  CommandLine line("generate OUT.v4 --tokens TOKENS.json --max-tokens N [option...]",
                   "Continues a prompt and prints the ids of the new tokens as they come. It ends before the "
                   "end token of\n"
                   "the model, after N tokens, or where the context is full. Without a temperature the "
                   "likeliest token is\n"
                   "taken, of equal ones the lowest id; with one the same seed gives the same tokens.");
  line.positional("artifact")
      .value("tokens", "FILE", "JSON array of token ids: the prompt")
      .value("max-tokens", "N", "tokens to generate at most")
      .value("temperature", "T", "divide the logits by T and draw; 0: do not draw (0)")
      .value("top-p", "P", "draw from the likeliest tokens with a sum of at least P (1)")
      .value("seed", "S", "where the draws start (0)")
      .flag("ignore-eos", "go on after the end token")
      .value("threads", "N", "threads that compute (one a processor)")
      .flag("json",
            "print one object: tokens, prompt_tokens, finish_reason (stop, length, context), timings");
  if (!line.parse(arguments))
    return;
  line.required("max-tokens");
  std::string path = line.required("tokens");
  auto start = Clock::now();
  v4::Model model(line.text("artifact"));
  Tokens tokens = readTokens(path, model.info().vocab_size);
  if (tokens.sequences.size() != 1)
    throw Failure(path + " has " + std::to_string(tokens.sequences.size()) + " sequences, wanted one prompt");
  size_t promptTokens = tokens.sequences[0].size();
  Generation generation(model, line, std::move(tokens.sequences[0]));
  generation.timings.load = millisecondsSince(start);
  generation.run();
  if (line.has("json"))
    printJson(generation, promptTokens);
}

} // namespace v4run

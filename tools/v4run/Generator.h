// One sequence that a model continues: prompts in, tokens out. A prompt that begins with what the sequence
// holds is appended to it, another one starts it anew.
#pragma once

#include "runtime/include/v4.hpp"
#include "runtime/sampling/Sampler.h"

#include <functional>
#include <optional>

namespace v4run {

class Generator {
public:
  enum class End {
    token,   // the end token, which is not among the tokens
    length,  // as many tokens as were asked for
    context, // as many as the sequence can hold
    stopped, // by the caller
  };

  struct Options {
    uint32_t threads = 0;
    v4_session_options session = {}; // but for its threads
    size_t promptStep = 512;         // prompt tokens run at once: the result is the same for any number
    int32_t endToken = -1;
  };

  Generator(const v4::Model &model, const Options &options, const v4rt::SamplingOptions &sampling);

  /// Told the tokens run so far and in all; false ends it.
  using PromptProgress = std::function<bool(size_t done, size_t total)>;
  /// Takes a prompt. False if `progress` ended it; the sequence then holds its beginning. Throws Failure if
  /// it is longer than the context.
  bool prefill(const std::vector<int32_t> &prompt, const PromptProgress &progress = {});
  /// Of the last prompt, tokens that the sequence held already.
  size_t reused() const { return reusedTokens; }

  /// Generates up to `most` tokens behind the prompt. `token` sees each; false ends it.
  End generate(size_t most, const std::function<bool(int32_t)> &token);
  /// Steps of one token that the last generate() ran.
  size_t steps() const { return decodeSteps; }

  /// Empties the sequence and starts the draws again.
  void reset();
  size_t held() const { return tokens.size(); }

private:
  void step(const int32_t *ids, size_t count, bool wantsLogits);

  v4_model_info_t info;
  Options options;
  v4rt::SamplingOptions sampling;
  v4::Session session;
  v4rt::Sampler sampler;
  std::vector<int32_t> tokens; // of the sequence
  size_t reusedTokens = 0, decodeSteps = 0;
};

/// Sampled tokens for as long as the text goes on: what both text commands report.
struct Timings {
  double load = 0, prefill = 0, decode = 0; // ms
};

double perSecond(size_t tokens, double milliseconds);

} // namespace v4run

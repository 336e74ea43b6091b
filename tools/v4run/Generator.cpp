#include "tools/v4run/Generator.h"

#include "tools/v4run/Failure.h"

#include <algorithm>

namespace v4run {

static v4_session_options sessionOptions(const Generator::Options &given) {
  v4_session_options options = given.session;
  options.threads = given.threads;
  return options;
}

Generator::Generator(const v4::Model &model, const Options &given, const v4rt::SamplingOptions &sampling)
    : info(model.info()), options(given), sampling(sampling), session(model, sessionOptions(given)),
      sampler(sampling, info.vocab_size) {}

void Generator::reset() {
  session.reset(0);
  tokens.clear();
  sampler = v4rt::Sampler(sampling, info.vocab_size);
}

void Generator::step(const int32_t *ids, size_t count, bool wantsLogits) {
  std::vector<v4_token> rows;
  for (size_t i = 0; i < count; ++i)
    rows.push_back(
        {0, static_cast<int32_t>(tokens.size() + i), ids[i], int32_t(wantsLogits && i + 1 == count)});
  session.step(rows);
  tokens.insert(tokens.end(), ids, ids + count);
}

bool Generator::prefill(const std::vector<int32_t> &prompt, const PromptProgress &progress) {
  if (prompt.empty())
    throw Failure("the prompt has no tokens, wanted at least one");
  if (prompt.size() > info.max_context)
    throw Failure("the prompt has " + std::to_string(prompt.size()) +
                  " tokens, more than the artifact's max context of " + std::to_string(info.max_context));
  // Logits come with a step: something has to be left to run.
  bool extends = tokens.size() < prompt.size() && std::equal(tokens.begin(), tokens.end(), prompt.begin());
  if (!extends && !tokens.empty()) {
    session.reset(0);
    tokens.clear();
  }
  reusedTokens = tokens.size();
  sampler.begin(prompt);
  while (tokens.size() < prompt.size()) {
    size_t first = tokens.size(), last = std::min(first + options.promptStep, prompt.size());
    step(prompt.data() + first, last - first, last == prompt.size());
    if (progress && !progress(last, prompt.size()) && last < prompt.size())
      return false;
  }
  return true;
}

Generator::End Generator::generate(size_t most, const std::function<bool(int32_t)> &token) {
  decodeSteps = 0;
  for (size_t count = 1;; ++count) {
    v4::Session::Logits logits = session.logits();
    if (logits.count != 1)
      throw Failure("the runtime gave " + std::to_string(logits.count) + " rows of logits, wanted 1");
    int32_t id = 0;
    check(sampler.choose(logits.rows, id));
    if (id == options.endToken)
      return End::token;
    if (!token(id))
      return End::stopped;
    if (count >= most)
      return End::length;
    if (tokens.size() >= info.max_context)
      return End::context;
    step(&id, 1, true);
    ++decodeSteps;
  }
}

double perSecond(size_t tokens, double milliseconds) {
  return tokens && milliseconds > 0 ? static_cast<double>(tokens) * 1e3 / milliseconds : 0;
}

} // namespace v4run

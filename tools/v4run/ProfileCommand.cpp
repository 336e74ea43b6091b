// v4run profile: where the time of a run goes, launch by launch.
#include "tools/v4run/CommandLine.h"
#include "tools/v4run/Commands.h"
#include "tools/v4run/Failure.h"
#include "tools/v4run/LaunchProfile.h"
#include "tools/v4run/OutputFile.h"
#include "tools/v4run/Tokens.h"

#include <algorithm>

namespace v4run {

/// Of --tokens the first sequence; else 64 different ones.
static std::vector<int32_t> readPrompt(const CommandLine &line, uint32_t vocabulary, uint32_t most) {
  if (line.has("tokens")) {
    auto sequences = readTokens(line.text("tokens"), vocabulary).sequences;
    if (sequences.size() != 1 || sequences[0].empty())
      throw Failure("there are " + std::to_string(sequences.size()) +
                    " sequences to profile, wanted one that is not empty");
    return sequences[0];
  }
  std::vector<int32_t> prompt(std::min<uint32_t>(64, std::max(1u, most / 2)));
  for (size_t i = 0; i < prompt.size(); ++i)
    prompt[i] = int32_t(i * 7919 % vocabulary);
  return prompt;
}

static int32_t likeliest(const float *logits, uint32_t vocabulary) {
  return int32_t(std::max_element(logits, logits + vocabulary) - logits);
}

static void profile(const CommandLine &line) {
  auto model = std::make_shared<v4rt::Model>();
  check(model->open(line.text("artifact").c_str(), V4_VERIFY_NEVER));
  const v4rt::format::Manifest &manifest = model->artifact().manifest();
  if (!manifest.weights_packed())
    throw Failure("the artifact has no weights (v4run pack adds them)");
  uint32_t vocabulary = manifest.model()->vocab_size(), most = manifest.model()->max_context();
  std::vector<int32_t> prompt = readPrompt(line, vocabulary, most);
  int64_t decode = line.integer("decode", std::min<int64_t>(16, most - 1), 0, most);
  if (int64_t(prompt.size()) + decode > most)
    throw Failure("the run has " + std::to_string(prompt.size()) + " tokens and " + std::to_string(decode) +
                  " more, the artifact's max context is " + std::to_string(most));

  int64_t top = line.integer("top", INT64_MAX, 1, INT64_MAX);
  if (line.has("trace"))
    checkWritable(line.required("trace"));

  v4rt::Session session;
  v4_session_options options = {};
  options.threads = line.threads();
  options.device = line.device();
  check(session.create(model, options));
  MachineLimits limits = MachineMeter(session.threads(), false).measure();
  LaunchProfile profile(manifest);
  profile.attach(session);
  uint32_t part = manifest.max_step_tokens();
  for (size_t first = 0; first < prompt.size(); first += part) {
    std::vector<v4_token> step;
    for (size_t i = first; i < std::min(prompt.size(), first + part); ++i)
      step.push_back({0, int32_t(i), prompt[i], i + 1 == prompt.size()});
    profile.beginStep(1, double(step.size()), double(first));
    check(session.step(step.data(), step.size()));
  }
  for (int64_t i = 0; i < decode; ++i) {
    v4_token next = {0, int32_t(session.length(0)), likeliest(session.logits(), vocabulary), 1};
    profile.beginStep(1, 1, double(next.position));
    check(session.step(&next, 1));
  }

  Json table = profile.table(limits);
  if (line.has("trace"))
    writeTextFile(line.required("trace"), profile.trace().dump());
  if (line.has("json")) {
    Json report = {{"tokens", prompt.size()},
                   {"decode", decode},
                   {"variant", session.variant()},
                   {"machine",
                    {{"read_gb_s", limits.readBytesPerSecond / 1e9},
                     {"dot_gflop_s", limits.dotFlopPerSecond / 1e9},
                     {"threads", session.threads()},
                     {"dot", limits.dot}}},
                   {"kernels", table}};
    printf("%s\n", report.dump(1).c_str());
    return;
  }
  printf("%zu tokens and %lld decode steps on %u threads, kernels %s; the machine reads %.1f GB/s and does "
         "%.0f GFLOP/s of %s\n\n",
         prompt.size(), static_cast<long long>(decode), session.threads(), session.variant(),
         limits.readBytesPerSecond / 1e9, limits.dotFlopPerSecond / 1e9, limits.dot);
  LaunchProfile::print(table, size_t(top));
}

void profileCommand(const Arguments &arguments) {
  CommandLine line(
      "profile OUT.v4 [--tokens FILE] [--decode N] [--top N] [--trace FILE] [--json]",
      "Runs a prompt and some decode steps, and says what each kernel took of the time, beside the "
      "machine's measured limits.");
  line.positional("artifact")
      .value("tokens", "FILE",
             "one sequence of token ids, as for eval (default: 64 tokens that mean nothing)")
      .value("decode", "N", "steps of one token after it, the likeliest each time (default: 16)")
      .value("threads", "N", "threads that compute (default: one a processor)")
      .value("device", "NAME", "cpu, cuda or sim (default: the artifact's)")
      .value("top", "N", "list the N kernels that took the most time (default: all)")
      .value("trace", "FILE",
             "write a trace for Chrome or Perfetto: a slice for each launch, named by what it computes")
      .flag("json", "print one JSON object");
  if (line.parse(arguments))
    profile(line);
}

} // namespace v4run

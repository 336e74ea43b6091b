#include "codegen/Tune/Measure.h"

#include "runtime/Checksum.h"
#include "runtime/Session.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>

namespace v4tune {
namespace {

using Clock = std::chrono::steady_clock;
namespace format = v4rt::format;

constexpr int kMostRepeats = 25;
constexpr float kGpuBound = 1e-2f;

// Of a step: what was observed, and the logits.
struct Results {
  std::vector<std::pair<std::string, uint64_t>> values;
  std::vector<float> logits;
};

class Side {
public:
  v4rt::Status open(const std::string &path, const MeasureOptions &options) {
    model = std::make_shared<v4rt::Model>();
    V4_TRY(model->open(path.c_str(), V4_VERIFY_NEVER));
    v4_session_options wanted = {};
    wanted.max_sequences = 1;
    wanted.threads = options.threads;
    wanted.device = options.device.c_str();
    return session.create(model, wanted);
  }

  const format::Manifest &manifest() const { return model->artifact().manifest(); }

  v4rt::Status step(size_t count, bool allLogits) {
    std::vector<v4_token> tokens(count);
    for (size_t i = 0; i < count; ++i) {
      uint32_t position = session.length(0) + uint32_t(i);
      tokens[i] = {0, int32_t(position), int32_t(position * 7919u % manifest().model()->vocab_size()),
                   allLogits || i + 1 == count};
    }
    return session.step(tokens.data(), count);
  }

  v4rt::Status results(uint32_t context, size_t count, Results &out) {
    V4_TRY(session.synthesise(0, context));
    session.observe(&Side::note, &out);
    v4rt::Status status = step(count, true);
    session.observe(nullptr, nullptr);
    V4_TRY(status);
    size_t values = session.logitCount() * manifest().model()->vocab_size();
    out.logits.assign(session.logits(), session.logits() + values);
    return {};
  }

  /// Seconds of each launch of `program` are added to `times`.
  v4rt::Status time(size_t count, const format::Program &program, std::vector<std::vector<double>> &times) {
    const auto &dispatches = *program.dispatches();
    times.resize(dispatches.size());
    Clock::time_point last;
    size_t next = 0;
    session.afterLaunches([&](const format::Dispatch &dispatch) {
      Clock::time_point now = Clock::now();
      while (next < dispatches.size() && dispatches.Get(next) != &dispatch)
        ++next; // had nothing to do
      if (next < times.size())
        times[next++].push_back(std::chrono::duration<double>(now - last).count());
      last = Clock::now();
    });
    last = Clock::now();
    v4rt::Status status = step(count, false);
    session.afterLaunches(nullptr);
    return status;
  }

  std::shared_ptr<v4rt::Model> model;
  v4rt::Session session;

private:
  static void note(void *user, const char *name, v4_type type, int32_t rank, const int64_t *shape,
                   const void *data) {
    static constexpr unsigned kBits[] = {32, 16, 32, 64, 8, 8, 8, 4, 64};
    uint64_t bits = kBits[type];
    for (int32_t i = 0; i < rank; ++i)
      bits *= uint64_t(shape[i]);
    static_cast<Results *>(user)->values.emplace_back(name, v4rt::checksum(data, bits / 8));
  }
};

std::string compareBits(const Results &base, const Results &candidate) {
  for (size_t i = 0; i < std::min(base.values.size(), candidate.values.size()); ++i)
    if (base.values[i] != candidate.values[i])
      return "has other bits in " + base.values[i].first;
  if (base.values.size() != candidate.values.size() || base.logits.size() != candidate.logits.size() ||
      memcmp(base.logits.data(), candidate.logits.data(), base.logits.size() * sizeof(float)) != 0)
    return "has other bits in the logits";
  return "";
}

std::string compareLogits(const Results &base, const Results &candidate) {
  float largest = 0, error = 0;
  for (size_t i = 0; i < base.logits.size(); ++i) {
    float difference = std::fabs(base.logits[i] - candidate.logits[i]);
    largest = std::max(largest, std::fabs(base.logits[i]));
    error = difference <= error ? error : difference; // NaN stays
  }
  return error <= kGpuBound * largest
             ? ""
             : "is off by " + std::to_string(error / largest) + " of the largest logit";
}

double median(std::vector<double> &times) {
  if (times.empty())
    return 0;
  std::nth_element(times.begin(), times.begin() + long(times.size() / 2), times.end());
  return times[times.size() / 2];
}

/// Short steps are repeated until they say something, long ones are long enough for three.
bool isEnough(int repeats, double seconds) { return repeats >= (seconds < 2 ? 7 : 3) && seconds > 0.3; }

v4rt::Status measureProgram(Side (&sides)[2], const MeasureOptions &options, size_t tokens, size_t number,
                            ProgramTimes &out) {
  Results results[2];
  for (int i = 0; i < 2; ++i)
    V4_TRY(sides[i].results(options.context, tokens, results[i]));
  out.wrong =
      options.device == "cpu" ? compareBits(results[0], results[1]) : compareLogits(results[0], results[1]);
  if (!out.wrong.empty())
    return {};

  std::vector<std::vector<double>> times[2], unused;
  for (Side &side : sides) {
    V4_TRY(side.session.synthesise(0, options.context));
    V4_TRY(side.time(tokens, *side.manifest().programs()->Get(number), unused));
  }
  auto begin = Clock::now();
  for (int repeat = 0; repeat < kMostRepeats; ++repeat) {
    if (isEnough(repeat, std::chrono::duration<double>(Clock::now() - begin).count()))
      break;
    for (int turn = 0; turn < 2; ++turn) {
      int side = (turn + repeat) % 2; // neither is always the first
      V4_TRY(sides[side].time(tokens, *sides[side].manifest().programs()->Get(number), times[side]));
    }
  }
  for (std::vector<double> &launch : times[0])
    out.base.push_back(median(launch));
  for (std::vector<double> &launch : times[1])
    out.candidate.push_back(median(launch));
  return {};
}

} // namespace

uint64_t contextNeeded(uint64_t stepTokens) { return (kMostRepeats + 2) * stepTokens; }

bool measure(const MeasureOptions &options, Measurement &result, std::string &error) {
  Side sides[2];
  v4rt::Status status = sides[0].open(options.base, options);
  if (status.ok())
    status = sides[1].open(options.candidate, options);
  if (status.ok()) {
    result.variant = sides[0].session.variant();
    const auto &programs = *sides[0].manifest().programs();
    for (size_t i = 0; status.ok() && i < programs.size(); ++i) {
      result.programs.push_back({programs.Get(i)->name()->str(), "", {}, {}});
      // Decode as most run it, one token at a time.
      bool last = i + 1 == programs.size();
      size_t tokens = last ? std::min(programs.Get(i)->max_tokens(), options.stepTokens) : 1;
      status = measureProgram(sides, options, tokens, i, result.programs.back());
    }
  }
  error = status.text();
  return status.ok();
}

} // namespace v4tune

#include "test/Runtime/ToySession.h"

using namespace v4test;

namespace {

struct Seen {
  std::string name;
  v4_type type;
  std::vector<int64_t> shape;
  std::vector<float> values;
};

void record(void *user, const char *name, v4_type type, int32_t rank, const int64_t *shape,
            const void *data) {
  Seen seen{name, type, {shape, shape + rank}, {}};
  int64_t elements = 1;
  for (int64_t size : seen.shape)
    elements *= size;
  const float *values = static_cast<const float *>(data);
  seen.values.assign(values, values + elements);
  static_cast<std::vector<Seen> *>(user)->push_back(seen);
}

std::vector<std::string> names(const std::vector<Seen> &seen) {
  std::vector<std::string> out;
  for (const Seen &value : seen)
    out.push_back(value.name);
  return out;
}

} // namespace

TEST(Observer, SeesEveryPartOfAStep) {
  v4::Model model(toyArtifact("observer-parts"));
  v4::Session session(model);
  std::vector<Seen> seen;
  v4::call(v4_session_set_observer, session.get(), record, static_cast<void *>(&seen));
  std::vector<int> tokens = toyTokens(kMaxStep + 1);
  auto rows = run(session, 0, tokens, kMaxStep + 1); // the second part is one token: the program for decode
  std::vector<std::string> wanted = {"x", "y", "y.prefill", "ages", "logits", "x", "y", "ages", "logits"};
  ASSERT_EQ(names(seen), wanted);

  EXPECT_EQ(seen[0].shape, (std::vector<int64_t>{kMaxStep, kWidth}));
  EXPECT_EQ(seen[0].type, V4_F32);
  std::vector<float> weights = toyWeights();
  for (int i = 0; i < kWidth; ++i)
    EXPECT_EQ(seen[5].values[i], weights[tokens[kMaxStep] * kWidth + i]);
  EXPECT_EQ(seen[1].shape, (std::vector<int64_t>{kMaxStep, 2, kWidth / 2}));
  EXPECT_EQ(seen[7].shape, (std::vector<int64_t>{kMaxStep + 1})); // one a position
  EXPECT_EQ(seen[7].values.back(), float(kMaxStep));
  EXPECT_EQ(seen[8].shape, (std::vector<int64_t>{1, kVocab}));
  EXPECT_EQ(seen[8].values, rows.back());
}

TEST(Observer, DoesNotSeeWhatDoesNotRun) {
  v4::Model model(toyArtifact("observer-skipped"));
  v4::Session session(model);
  std::vector<Seen> seen;
  v4::call(v4_session_set_observer, session.get(), record, static_cast<void *>(&seen));
  session.step({{0, 0, 1, 0}});
  EXPECT_EQ(names(seen), (std::vector<std::string>{"x", "y", "ages"})); // nobody wanted logits
  v4::call(v4_session_set_observer, session.get(), static_cast<v4_observer>(nullptr),
           static_cast<void *>(nullptr));
  session.step({{0, 1, 1, 1}});
  EXPECT_EQ(seen.size(), 3u);
}

TEST(Observer, ReadsStates) {
  v4::Model model(toyArtifact("observer-states"));
  v4_session_options options = {};
  options.max_sequences = 2;
  v4::Session session(model, options);
  std::vector<int> tokens = toyTokens(10);
  run(session, 1, tokens, 10);
  std::vector<float> weights = toyWeights(), entries(3 * kWidth, -1);
  auto read = [&](const char *name, int slot, uint64_t first, uint64_t rows) {
    v4::call(v4_session_read_state, session.get(), name, slot, first, rows, entries.data());
  };
  read("entries", 1, 0, 3);
  for (int i = 0; i < kWidth; ++i) {
    float sum = 0;
    for (int p = kRatio; p < 2 * kRatio; ++p)
      sum += weights[tokens[p] * kWidth + i];
    EXPECT_EQ(entries[kWidth + i], sum);
    EXPECT_EQ(entries[2 * kWidth + i], 0); // tokens 8 and 9 are not an entry yet
  }
  EXPECT_STREQ(failureOf([&] { read("keys", 0, 0, 1); }).what(), "the artifact has no state keys");
  EXPECT_STREQ(failureOf([&] { read("entries", 0, 9, 2); }).what(),
               "rows 9 to 11 of state entries were asked for, it has 10");
  EXPECT_EQ(failureOf([&] { read("entries", 0, UINT64_MAX, 2); }).status, V4_INVALID_ARGUMENT);
  EXPECT_EQ(failureOf([&] { read("entries", 2, 0, 1); }).status, V4_INVALID_ARGUMENT);
}

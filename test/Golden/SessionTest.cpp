// The C API on whole models: pieces of uneven length, interleaved sequences, snapshots taken up by another
// process.
#include "runtime/include/v4.h"
#include "test/Golden/Compare.h"
#include "test/Golden/Model.h"
#include "test/Support/Scratch.h"

#include <cstring>
#include <unistd.h>

namespace v4test {

namespace {

using Logits = std::vector<float>;

// A model and a session of it; a failed call fails the test.
class Session {
public:
  explicit Session(const std::string &artifact, uint32_t sequences = 1) {
    v4_session_options options = {};
    options.max_sequences = sequences;
    check(v4_model_open(artifact.c_str(), nullptr, &model, &error));
    check(v4_model_info(model, &info, &error));
    check(v4_session_create(model, &options, &session, &error));
  }
  ~Session() {
    v4_session_close(session);
    v4_model_close(model);
  }

  /// Logits of every row, one after the other.
  Logits step(const std::vector<v4_token> &rows) {
    const float *values = nullptr;
    size_t count = 0;
    check(v4_session_step(session, rows.data(), rows.size(), &error));
    check(v4_session_logits(session, &values, &count, &error));
    return {values, values + count * info.vocab_size};
  }

  /// Appends ids[begin, end) to a slot.
  Logits feed(const std::vector<int> &ids, size_t begin, size_t end, int slot = 0) {
    std::vector<v4_token> rows;
    for (size_t i = begin; i < end; ++i)
      rows.push_back({slot, static_cast<int32_t>(i), ids[i], 1});
    return step(rows);
  }

  void check(v4_status status) { ASSERT_EQ(status, V4_OK) << error.text; }

  v4_model *model = nullptr;
  v4_session *session = nullptr;
  v4_model_info_t info = {};
  v4_error error = {};
};

std::vector<int> prompt(const std::string &fixture) {
  return goldens(fixture, "prefill.safetensors").at("input_ids").integers();
}

bool sameBits(const Logits &a, const float *b) { return memcmp(a.data(), b, a.size() * sizeof(float)) == 0; }

class SessionOf : public testing::TestWithParam<Profile> {
protected:
  std::string fixture = GetParam().fixture;
  std::string artifact = GetParam().artifact();
  void SetUp() override { ASSERT_FALSE(artifact.empty()); }
};

// The pieces of the golden's own run, then single tokens.
TEST_P(SessionOf, GoldenChunks) {
  if (std::string(GetParam().numerics) != "hf")
    GTEST_SKIP() << "the golden is for hf numerics";
  TensorFile golden = goldens(fixture, "decode.safetensors");
  std::vector<int> ids = golden.at("input_ids").integers();
  Session session(artifact);
  Tensor mine;
  size_t done = 0;
  std::vector<int> pieces = golden.at("chunks").integers();
  pieces.resize(pieces.size() + ids.size(), 1);
  for (size_t i = 0; done < ids.size(); ++i) {
    size_t end = done + static_cast<size_t>(pieces[i]);
    Logits logits = session.feed(ids, done, end);
    mine.values.insert(mine.values.end(), logits.begin(), logits.end());
    done = end;
  }
  mine.shape = {static_cast<int64_t>(ids.size()), session.info.vocab_size};
  const Tensor &logits = golden.at("logits");
  std::string why;
  Distance worst = farthest(mine, logits, range(logits.rows(), mine.rows() - logits.rows()), why);
  EXPECT_LE(worst.error, kTolerance) << "row " << worst.row << " " << why;
}

// Three sequences whose rows alternate within steps, at different positions.
TEST_P(SessionOf, InterleavedSequences) {
  std::vector<int> ids = prompt(fixture);
  std::vector<std::vector<int>> sequences = {{ids.begin(), ids.begin() + 150},
                                             {ids.begin() + 30, ids.begin() + 230},
                                             {ids.rbegin(), ids.rbegin() + 60}};
  std::vector<Logits> alone;
  for (const std::vector<int> &sequence : sequences)
    alone.push_back(Session(artifact).feed(sequence, 0, sequence.size()));

  Session session(artifact, 3);
  std::vector<size_t> done(3);
  const size_t rowsAStep[3] = {5, 9, 1};
  for (;;) {
    std::vector<v4_token> rows;
    std::vector<const float *> wanted;
    for (size_t round = 0; round < 9; ++round)
      for (size_t slot = 0; slot < 3; ++slot)
        if (round < rowsAStep[slot] && done[slot] < sequences[slot].size()) {
          size_t position = done[slot]++;
          rows.push_back(
              {static_cast<int32_t>(slot), static_cast<int32_t>(position), sequences[slot][position], 1});
          wanted.push_back(alone[slot].data() + position * session.info.vocab_size);
        }
    if (rows.empty())
      break;
    Logits logits = session.step(rows);
    ASSERT_EQ(logits.size(), rows.size() * session.info.vocab_size);
    for (size_t i = 0; i < rows.size(); ++i)
      ASSERT_TRUE(memcmp(logits.data() + i * session.info.vocab_size, wanted[i],
                         session.info.vocab_size * sizeof(float)) == 0)
          << "slot " << rows[i].slot << ", position " << rows[i].position;
  }
}

// A slot that held another sequence before gives the same bits as a fresh one.
TEST_P(SessionOf, ResetSlot) {
  std::vector<int> ids = prompt(fixture);
  Session fresh(artifact), used(artifact);
  Logits wanted = fresh.feed(ids, 0, 140);
  used.feed({ids.rbegin(), ids.rend()}, 0, 201);
  used.check(v4_session_reset(used.session, 0, &used.error));
  EXPECT_EQ(v4_session_length(used.session, 0), 0);
  EXPECT_TRUE(sameBits(used.feed(ids, 0, 140), wanted.data()));
}

const size_t kSnapshotLength = 133;

// Run by SnapshotInAnotherProcess in a process of its own.
TEST(DISABLED_Resume, FromSnapshot) {
  std::string folder = getenv("V4_TEST_FOLDER"), fixture = getenv("V4_TEST_FIXTURE");
  std::vector<int> ids = prompt(fixture);
  Session session(getenv("V4_TEST_ARTIFACT"), 2);
  session.check(v4_session_restore(session.session, 1, (folder + "/snapshot").c_str(), &session.error));
  ASSERT_EQ(v4_session_length(session.session, 1), static_cast<int64_t>(kSnapshotLength));
  Logits logits = session.feed(ids, kSnapshotLength, ids.size(), /*slot=*/1);
  writeFile(folder + "/logits",
            {reinterpret_cast<const char *>(logits.data()), logits.size() * sizeof(float)});
}

TEST_P(SessionOf, SnapshotInAnotherProcess) {
  std::vector<int> ids = prompt(fixture);
  std::string folder = scratchFolder("snapshot");
  Logits whole = Session(artifact).feed(ids, 0, ids.size());
  {
    Session session(artifact);
    session.feed(ids, 0, kSnapshotLength);
    session.check(v4_session_snapshot(session.session, 0, (folder + "/snapshot").c_str(), &session.error));
  }
  char self[4096] = {};
  ASSERT_GT(readlink("/proc/self/exe", self, sizeof self - 1), 0);
  Finished finished = run({self, "--gtest_also_run_disabled_tests", "--gtest_filter=DISABLED_Resume.*"},
                          {"V4_TEST_FOLDER=" + folder, "V4_TEST_FIXTURE=" + fixture,
                           "V4_TEST_ARTIFACT=" + artifact, "GTEST_OUTPUT="});
  ASSERT_EQ(finished.exitCode, 0) << finished.out;
  std::string resumed = readFile(folder + "/logits");
  size_t rest = whole.size() / ids.size() * (ids.size() - kSnapshotLength);
  ASSERT_EQ(resumed.size(), rest * sizeof(float));
  EXPECT_EQ(memcmp(resumed.data(), whole.data() + whole.size() - rest, resumed.size()), 0);
}

INSTANTIATE_TEST_SUITE_P(Fixtures, SessionOf,
                         testing::Values(Profile{"micro-f32", "hf"}, Profile{"micro-odd", "hf"},
                                         Profile{"micro-fp8fp4", "hf"}, Profile{"micro-fp8fp4", "reference"}),
                         [](const testing::TestParamInfo<Profile> &info) {
                           return identifier(info.param.name());
                         });

} // namespace
} // namespace v4test

#include "test/Runtime/ToySession.h"

#include <filesystem>
#include <sys/wait.h>
#include <unistd.h>

using namespace v4test;

namespace {

class Snapshot : public testing::TestWithParam<int> {
protected:
  void SetUp() override {
    artifact = toyArtifact("snapshot");
    file = artifact.substr(0, artifact.rfind('/')) + "/slot.snap";
  }
  std::string artifact, file;
};

} // namespace

// Lengths: nothing, less than an entry, at an entry, less than the ring, around it, full.
INSTANTIATE_TEST_SUITE_P(Lengths, Snapshot, testing::Values(0, 1, 3, 4, 7, 13, 14, 15, 31, 39));

TEST_P(Snapshot, ContinuesInAnotherSessionAndSlot) {
  std::vector<int> tokens = toyTokens(kMaxContext);
  v4::Model model(artifact);
  {
    v4::Session session(model);
    run(session, 0, {tokens.begin(), tokens.begin() + GetParam()}, 5);
    session.snapshot(0, file);
  }
  v4_session_options options = {};
  options.max_sequences = 3;
  options.threads = 2;
  v4::Session session(model, options);
  run(session, 2, toyTokens(17, 9), 4); // to be replaced
  session.restore(2, file);
  EXPECT_EQ(session.length(2), GetParam());
  std::vector<std::vector<float>> rows;
  feed(session, 2, tokens, GetParam(), kMaxContext, rows);
  auto wanted = expectedRows(tokens);
  EXPECT_EQ(rows, decltype(rows)(wanted.begin() + GetParam(), wanted.end()));
}

TEST_P(Snapshot, CopiesGoOnAsTheOriginalWould) {
  std::vector<int> tokens = toyTokens(kMaxContext);
  v4::Model model(artifact);
  v4_session_options options = {};
  options.max_sequences = 3;
  v4::Session session(model, options);
  run(session, 1, {tokens.begin(), tokens.begin() + GetParam()}, 5);
  run(session, 2, toyTokens(17, 9), 4); // to be replaced
  session.copy(1, 2);
  session.copy(2, 2);
  EXPECT_EQ(session.length(2), GetParam());
  std::vector<std::vector<float>> rows, originals;
  feed(session, 2, tokens, GetParam(), kMaxContext, rows);
  feed(session, 1, tokens, GetParam(), kMaxContext, originals);
  auto wanted = expectedRows(tokens);
  EXPECT_EQ(rows, decltype(rows)(wanted.begin() + GetParam(), wanted.end()));
  EXPECT_EQ(rows, originals);
  EXPECT_EQ(failureOf([&] { session.copy(0, 3); }).status, V4_INVALID_ARGUMENT);
  EXPECT_EQ(failureOf([&] { session.copy(-1, 0); }).status, V4_INVALID_ARGUMENT);
}

TEST_F(Snapshot, ContinuesInAnotherProcess) {
  std::vector<int> tokens = toyTokens(30);
  pid_t child = fork();
  if (child == 0) {
    v4::Model model(artifact);
    v4::Session session(model);
    run(session, 0, {tokens.begin(), tokens.begin() + 19}, 6);
    session.snapshot(0, file);
    _exit(0);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  v4::Model model(artifact);
  v4::Session session(model);
  session.restore(0, file);
  std::vector<std::vector<float>> rows;
  feed(session, 0, tokens, 19, 30, rows);
  auto wanted = expectedRows(tokens);
  EXPECT_EQ(rows, decltype(rows)(wanted.begin() + 19, wanted.end()));
}

TEST_F(Snapshot, DamageIsNoticedAndChangesNothing) {
  v4::Model model(artifact);
  v4::Session session(model);
  std::vector<int> tokens = toyTokens(11);
  std::vector<std::vector<float>> rows;
  feed(session, 0, tokens, 0, 10, rows);
  session.snapshot(0, file);
  std::string good = readFile(file);
  auto restoring = [&](const std::string &bytes) {
    writeFile(file, bytes);
    return failureOf([&] { session.restore(0, file); });
  };
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] ^= 0x10;
    EXPECT_NE(restoring(bad).status, V4_OK) << "byte " << i;
  }
  for (size_t bytes : {size_t(0), size_t(10), size_t(64), size_t(100), good.size() - 1})
    EXPECT_EQ(restoring(good.substr(0, bytes)).status, V4_BAD_SNAPSHOT) << bytes;
  EXPECT_NE(std::string(restoring(good.substr(0, 100)).what()).find("is truncated: it has 36 bytes of state"),
            std::string::npos);
  EXPECT_EQ(restoring(good + "x").status, V4_BAD_SNAPSHOT);
  EXPECT_EQ(restoring("PK").status, V4_BAD_SNAPSHOT);
  EXPECT_EQ(failureOf([&] { session.restore(0, file + ".none"); }).status, V4_IO_ERROR);
  EXPECT_EQ(failureOf([&] { session.restore(1, file); }).status, V4_INVALID_ARGUMENT);
  feed(session, 0, tokens, 10, 11, rows); // as if none of it had been tried
  EXPECT_EQ(rows, expectedRows(tokens));
}

TEST_F(Snapshot, OfAnotherArtifactIsRefused) {
  v4::Model model(artifact);
  v4::Session session(model);
  run(session, 0, toyTokens(5), 5);
  session.snapshot(0, file);
  ManifestSpec changed = toyManifest();
  changed.variants.pop_back();
  v4::Model otherModel(toyArtifact("snapshot-other", changed));
  v4::Session other(otherModel);
  v4::Error error = failureOf([&] { other.restore(0, file); });
  EXPECT_EQ(error.status, V4_BAD_SNAPSHOT);
  EXPECT_NE(std::string(error.what()).find("is a snapshot of another artifact"), std::string::npos);
}

TEST_F(Snapshot, FailedWriteLeavesNothing) {
  v4::Model model(artifact);
  v4::Session session(model);
  std::string folder = scratchFolder("snapshot-target");
  EXPECT_EQ(failureOf([&] { session.snapshot(0, folder); }).status, V4_IO_ERROR);
  EXPECT_EQ(failureOf([&] { session.snapshot(0, folder + "/none/slot"); }).status, V4_IO_ERROR);
  EXPECT_EQ(failureOf([&] { session.snapshot(7, folder + "/slot"); }).status, V4_INVALID_ARGUMENT);
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

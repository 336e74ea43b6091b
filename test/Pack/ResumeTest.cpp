// Packing that is interrupted, killed, or fails, and the run after it.
#include "test/Pack/SmallArtifact.h"

#include "runtime/Artifact.h"

#include <csignal>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

using namespace v4rt;

namespace {

struct Resume : v4test::SmallArtifact {
  std::string whole, partial = full + ".partial";
  std::vector<std::string> notes;
  PackReport report;
  std::atomic<int> interrupt{0};
  uint64_t packed = 0; // blocks

  Resume() {
    EXPECT_TRUE(write(full, checkpoint.get(), options()).ok());
    whole = v4test::readFile(full);
    std::filesystem::remove(full);
    EXPECT_EQ(0, files());
    notes.clear();
  }

  PackOptions options() {
    PackOptions options;
    options.threads = 2;
    options.blockBytes = 5000;
    options.markBytes = 20000;
    options.interrupt = &interrupt;
    options.report = &report;
    options.note = [this](const std::string &sentence) { notes.push_back(sentence); };
    return options;
  }

  // Packs until half is done; `stop` is then called once.
  template <typename Function> Status packHalf(PackOptions halfway, Function stop) {
    bool called = false;
    halfway.progress = [&](uint64_t done, uint64_t total) {
      if (done > total / 2 && !called) {
        called = true;
        stop();
      }
    };
    return write(full, checkpoint.get(), halfway);
  }

  void interruptHalfway() {
    Status status = packHalf(options(), [this] { interrupt = SIGINT; });
    interrupt = 0;
    EXPECT_FALSE(status.ok());
    EXPECT_TRUE(report.interrupted);
    EXPECT_EQ(0u, status.text().find("interrupted after ")) << status.text();
    EXPECT_FALSE(v4test::exists(full));
    EXPECT_EQ(1, files());
    notes.clear();
  }

  void expectWhole() {
    Status status = write(full, checkpoint.get(), options());
    EXPECT_TRUE(status.ok()) << status.text();
    EXPECT_FALSE(report.interrupted);
    EXPECT_TRUE(whole == v4test::readFile(full));
    EXPECT_EQ(1, files());
  }

  void changePartial(uint64_t offset) {
    std::fstream file(partial, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(offset);
    char byte = file.get();
    file.seekp(offset);
    file.put(byte ^ 1);
  }

  uint64_t weightsOffset() {
    // Kernels take the pages from 4096 on.
    return 4096 + (kernels.size() + 4095) / 4096 * 4096;
  }
};

TEST_F(Resume, AnInterruptedRunGoesOn) {
  interruptHalfway();
  expectWhole();
  EXPECT_GT(report.resumedBytes, report.bytes / 2);
  EXPECT_LT(report.resumedBytes, report.bytes);
  ASSERT_EQ(1u, notes.size());
  EXPECT_EQ(0u, notes[0].find("going on after ")) << notes[0];
}

TEST_F(Resume, ManyInterruptions) {
  uint64_t before = 0;
  for (int runs = 0;; ++runs) {
    ASSERT_LT(runs, 500);
    PackOptions often = options();
    int blocks = 0;
    often.progress = [&](uint64_t done, uint64_t) {
      if (done > before && ++blocks == 20)
        interrupt = SIGTERM;
    };
    Status status = write(full, checkpoint.get(), often);
    interrupt = 0;
    if (status.ok())
      break;
    EXPECT_TRUE(report.interrupted) << status.text();
    before += report.bytes / 50;
  }
  EXPECT_TRUE(whole == v4test::readFile(full));
  EXPECT_EQ(1, files());
}

TEST_F(Resume, AKilledRunGoesOn) {
  pid_t child = fork();
  if (child == 0) {
    (void)packHalf(options(), [] { kill(getpid(), SIGKILL); });
    _exit(0);
  }
  int state = 0;
  ASSERT_EQ(child, waitpid(child, &state, 0));
  ASSERT_TRUE(WIFSIGNALED(state));
  EXPECT_FALSE(v4test::exists(full));
  EXPECT_EQ(1, files());
  Artifact artifact;
  EXPECT_EQ(V4_BAD_ARTIFACT, artifact.open(partial, V4_VERIFY_AUTO).code());
  expectWhole();
  EXPECT_GT(report.resumedBytes, report.bytes / 4);
}

TEST_F(Resume, BytesThatAreNotAsWrittenArePackedAgain) {
  interruptHalfway();
  changePartial(weightsOffset() + manifest.weights_bytes / 4);
  expectWhole();
  EXPECT_LT(report.resumedBytes, report.bytes / 3);
  EXPECT_GT(report.resumedBytes, 0u);
  ASSERT_EQ(3u, notes.size());
  EXPECT_EQ("not all of what was packed before is as it was written; the rest is packed again", notes[1]);

  std::filesystem::remove(full);
  interruptHalfway();
  changePartial(weightsOffset());
  expectWhole();
  EXPECT_EQ(0u, report.resumedBytes);
}

TEST_F(Resume, ADamagedPartialFileIsDropped) {
  for (uint64_t offset : {0, 20, 39}) {
    interruptHalfway();
    changePartial(offset);
    expectWhole();
    EXPECT_EQ(0u, report.resumedBytes);
    ASSERT_EQ(1u, notes.size());
    EXPECT_EQ("starting over, not going on with '" + partial + "': it is damaged", notes[0]);
    std::filesystem::remove(full);
  }
  for (const std::string &text : {std::string(), std::string("short")}) {
    v4test::writeFile(partial, text);
    expectWhole();
    std::filesystem::remove(full);
  }
}

TEST_F(Resume, OtherInputsStartOver) {
  auto startsOver = [&](const std::string &why) {
    expectWhole();
    EXPECT_EQ(0u, report.resumedBytes);
    ASSERT_EQ(1u, notes.size());
    EXPECT_EQ("starting over, not going on with '" + partial + "': " + why, notes[0]);
    std::filesystem::remove(full);
  };
  interruptHalfway();
  manifest.producer = "other";
  Status status = write(full, checkpoint.get(), options());
  EXPECT_TRUE(status.ok()) << status.text();
  ASSERT_EQ(1u, notes.size());
  EXPECT_NE(std::string::npos, notes[0].find("it is of another program")) << notes[0];
  manifest.producer = "test";
  std::filesystem::remove(full);

  interruptHalfway();
  namespace fs = std::filesystem;
  fs::last_write_time(checkpoint->files()[0].path(),
                      fs::file_time_type::clock::now() + std::chrono::hours(1));
  std::string error;
  checkpoint =
      checkpoint::Checkpoint::open(checkpoint->folder(), checkpoint::Checkpoint::Weights::required, error);
  ASSERT_TRUE(checkpoint) << error;
  startsOver("the checkpoint is another one or has changed");
}

TEST_F(Resume, RestartDropsWhatWasPacked) {
  interruptHalfway();
  PackOptions restart = options();
  restart.restart = true;
  Status status = write(full, checkpoint.get(), restart);
  EXPECT_TRUE(status.ok()) << status.text();
  EXPECT_EQ(0u, report.resumedBytes);
  EXPECT_TRUE(notes.empty());
  EXPECT_TRUE(whole == v4test::readFile(full));
  EXPECT_EQ(1, files());
}

TEST_F(Resume, TheOtherPlaceForWeightsDropsIt) {
  interruptHalfway();
  PackOptions beside = options();
  beside.weightsBeside = true;
  Status status = write(full, checkpoint.get(), beside);
  EXPECT_TRUE(status.ok()) << status.text();
  EXPECT_FALSE(v4test::exists(partial));
  EXPECT_EQ(2, files());
}

TEST_F(Resume, WeightsBesideGoOnToo) {
  PackOptions beside = options();
  beside.weightsBeside = true;
  Status status = write(full, checkpoint.get(), beside);
  ASSERT_TRUE(status.ok()) << status.text();
  std::string artifact = v4test::readFile(full), weights = v4test::readFile(full + ".weights");
  std::filesystem::remove(full);
  std::filesystem::remove(full + ".weights");

  status = packHalf(beside, [this] { interrupt = SIGINT; });
  interrupt = 0;
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(1, files());
  EXPECT_TRUE(v4test::exists(full + ".weights.partial"));
  status = write(full, checkpoint.get(), beside);
  EXPECT_TRUE(status.ok()) << status.text();
  EXPECT_GT(report.resumedBytes, 0u);
  EXPECT_TRUE(artifact == v4test::readFile(full));
  EXPECT_TRUE(weights == v4test::readFile(full + ".weights"));
  EXPECT_EQ(2, files());
}

TEST_F(Resume, AFailureLeavesNothingButAWrongCheckpointCostsNothing) {
  interruptHalfway();
  v4test::CheckpointMaker other;
  other.add("vector", checkpoint::DType::f32, {77});
  EXPECT_FALSE(write(full, other.open("other").get(), options()).ok());
  EXPECT_EQ(1, files());
  expectWhole();
  EXPECT_GT(report.resumedBytes, 0u);
  std::filesystem::remove(full);

  std::filesystem::resize_file(checkpoint->files()[0].path(), 100000);
  EXPECT_EQ(V4_IO_ERROR, write(full, checkpoint.get(), options()).code());
  EXPECT_FALSE(report.interrupted);
  EXPECT_EQ(0, files());
}

TEST_F(Resume, OneWriterAtATime) {
  bool tried = false;
  Status second, first = packHalf(options(), [&] {
                   tried = true;
                   format::ManifestT copy(manifest);
                   second = writeArtifact(full, copy, code(), checkpoint.get(), {});
                 });
  EXPECT_TRUE(tried);
  EXPECT_EQ("cannot write " + partial + ": another process is writing it", second.text());
  EXPECT_TRUE(first.ok()) << first.text();
  EXPECT_TRUE(whole == v4test::readFile(full));
}

} // namespace

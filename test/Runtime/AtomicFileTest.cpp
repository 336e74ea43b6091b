#include "runtime/AtomicFile.h"

#include "test/Support/Scratch.h"

#include <csignal>
#include <filesystem>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

using v4rt::AtomicFile;
using v4rt::Status;

namespace {

struct AtomicFileTest : testing::Test {
  std::string folder = v4test::scratchFolder("atomic"), path = folder + "/file";

  int files() { return std::distance(std::filesystem::directory_iterator(folder), {}); }

  // The text of a failure, if any.
  std::string write(const std::string &text) {
    AtomicFile file;
    Status status = file.create(path);
    if (status.ok())
      status = file.writeAt(0, text.data(), text.size());
    if (status.ok())
      status = file.commit();
    return status.text();
  }
};

TEST_F(AtomicFileTest, MakesAndReplaces) {
  EXPECT_EQ("", write("one"));
  EXPECT_EQ("one", v4test::readFile(path));
  EXPECT_EQ("", write("another"));
  EXPECT_EQ("another", v4test::readFile(path));
  v4test::writeFile(path + ".tmp", "of a process that was killed");
  EXPECT_EQ("", write("third"));
  EXPECT_EQ("third", v4test::readFile(path));
  EXPECT_EQ(1, files());
}

TEST_F(AtomicFileTest, AKilledWriterLeavesAtMostOneName) {
  for (int i = 0; i < 3; ++i) {
    pid_t child = fork();
    if (child == 0) {
      AtomicFile file;
      (void)file.create(path);
      (void)file.writeAt(0, "half", 4);
      kill(getpid(), SIGKILL);
    }
    int state;
    ASSERT_EQ(child, waitpid(child, &state, 0));
  }
  EXPECT_FALSE(v4test::exists(path));
  EXPECT_LE(files(), 1); // 0 where files can be without a name
  EXPECT_EQ("", write("whole"));
  EXPECT_EQ(1, files());
}

TEST_F(AtomicFileTest, Refusals) {
  EXPECT_EQ("cannot create " + folder + "/none/file.tmp: No such file or directory",
            AtomicFile().create(folder + "/none/file").text());
  EXPECT_EQ("cannot write " + folder + ": it is a directory", AtomicFile().create(folder).text());
  EXPECT_EQ("cannot write " + folder + ": it is a directory", AtomicFile().createPartial(folder).text());
  std::filesystem::create_directory(path + ".partial");
  EXPECT_NE("", AtomicFile().createPartial(path).text());
  std::filesystem::remove(path + ".partial");
  ASSERT_EQ(0, mkfifo((path + ".partial").c_str(), 0600));
  EXPECT_EQ("cannot write " + path + ".partial: it is not a regular file",
            AtomicFile().createPartial(path).text());
}

TEST_F(AtomicFileTest, PartialFilesAreKeptOrRemovedOrNamed) {
  {
    AtomicFile file;
    ASSERT_TRUE(file.createPartial(path).ok());
    ASSERT_TRUE(file.writeAt(0, "begun", 5).ok());
    AtomicFile second;
    EXPECT_EQ("cannot write " + path + ".partial: another process is writing it",
              second.createPartial(path).text());
    file.keep();
  }
  EXPECT_EQ("begun", v4test::readFile(path + ".partial"));
  {
    AtomicFile file;
    ASSERT_TRUE(file.createPartial(path).ok());
    uint64_t bytes = 0;
    ASSERT_TRUE(file.size(bytes).ok());
    EXPECT_EQ(5u, bytes);
    ASSERT_TRUE(file.writeAt(5, ", ended", 7).ok());
    ASSERT_TRUE(file.commit().ok());
  }
  EXPECT_EQ("begun, ended", v4test::readFile(path));
  EXPECT_EQ(1, files());
  {
    AtomicFile file;
    ASSERT_TRUE(file.createPartial(path).ok());
    EXPECT_EQ(2, files());
  }
  EXPECT_EQ(1, files());
}

} // namespace

#include "runtime/pack/ArtifactWriter.h"
#include "runtime/Artifact.h"
#include "test/Runtime/ToyArtifact.h"
#include "test/Support/Scratch.h"

#include <filesystem>
#include <gtest/gtest.h>

using namespace v4test;
using v4rt::ArtifactWriter;
using v4rt::format::SectionKind;

static size_t filesIn(const std::string &folder) {
  auto entries = std::filesystem::directory_iterator(folder);
  return std::distance(begin(entries), end(entries));
}

TEST(ArtifactWriter, SameSectionsGiveTheSameBytes) {
  std::string folder = scratchFolder("writer-same");
  ASSERT_TRUE(writeArtifact(folder + "/a.v4", toyManifest()).ok());
  ASSERT_TRUE(writeArtifact(folder + "/b.v4", toyManifest()).ok());
  EXPECT_EQ(readFile(folder + "/a.v4"), readFile(folder + "/b.v4"));
  EXPECT_EQ(filesIn(folder), 2u);
}

TEST(ArtifactWriter, OrderOfWritesInsideASectionDoesNotMatter) {
  std::string folder = scratchFolder("writer-order");
  std::string bytes(10000, 'w'); // the last 2000 are never written: zero
  for (size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = i < 8000 ? char(i * 7) : 0;
  auto write = [&](const char *name, bool ordered) {
    ArtifactWriter writer;
    ASSERT_TRUE(writer.create(folder + name).ok());
    ASSERT_TRUE(writer.beginSection(SectionKind::weights, bytes.size()).ok());
    for (size_t i = 0; i < 8000; i += 1000) {
      size_t at = ordered ? i : 7000 - i;
      v4rt::Status status =
          ordered ? writer.append(bytes.data() + at, 1000) : writer.writeAt(at, bytes.data() + at, 1000);
      ASSERT_TRUE(status.ok()) << status.text();
    }
    ASSERT_TRUE(writer.endSection().ok());
    ASSERT_TRUE(writer.finish().ok());
  };
  write("/ordered", true);
  write("/reversed", false);
  std::string file = readFile(folder + "/ordered");
  EXPECT_EQ(file, readFile(folder + "/reversed"));
  EXPECT_EQ(file.substr(4096), bytes);
}

TEST(ArtifactWriter, UnfinishedLeavesWhatWasThere) {
  std::string folder = scratchFolder("writer-unfinished");
  writeFile(folder + "/a.v4", "before");
  {
    ArtifactWriter writer;
    ASSERT_TRUE(writer.create(folder + "/a.v4").ok());
    ASSERT_TRUE(writer.addSection(SectionKind::kernels, "elf", 3).ok());
    EXPECT_LE(filesIn(folder), 2u); // one more where files cannot be without a name
  }
  EXPECT_EQ(readFile(folder + "/a.v4"), "before");
  EXPECT_EQ(filesIn(folder), 1u);
}

TEST(ArtifactWriter, RefusesMisuse) {
  std::string folder = scratchFolder("writer-misuse");
  ArtifactWriter writer;
  EXPECT_EQ(writer.addSection(SectionKind::kernels, "elf", 3).code(), V4_INVALID_ARGUMENT);
  EXPECT_EQ(writer.create(folder + "/missing/a.v4").code(), V4_IO_ERROR);
  EXPECT_EQ(writer.create(folder).code(), V4_IO_ERROR);
  ASSERT_TRUE(writer.create(folder + "/a.v4").ok());
  EXPECT_EQ(writer.writeAt(0, "x", 1).code(), V4_INVALID_ARGUMENT);
  EXPECT_EQ(writer.endSection().code(), V4_INVALID_ARGUMENT);
  ASSERT_TRUE(writer.beginSection(SectionKind::weights, 8).ok());
  EXPECT_EQ(writer.writeAt(5, "1234", 4).text(), "4 bytes at 5 do not fit a section of 8 bytes");
  EXPECT_EQ(writer.writeAt(UINT64_MAX, "1234", 4).code(), V4_INVALID_ARGUMENT);
  EXPECT_EQ(writer.finish().code(), V4_INVALID_ARGUMENT);
  ASSERT_TRUE(writer.endSection().ok());
  EXPECT_EQ(writer.addSection(SectionKind::weights, "", 0).text(), "section kind 3 was written twice");
}

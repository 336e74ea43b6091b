#include "runtime/Artifact.h"
#include "runtime/Checksum.h"
#include "runtime/format/Format.h"
#include "test/Runtime/ExpectFailure.h"
#include "test/Runtime/ToyArtifact.h"
#include "test/Support/ArtifactHeader.h"
#include "test/Support/Scratch.h"

#include <cstring>
#include <gtest/gtest.h>

using namespace v4test;
using v4rt::ArtifactView;
using v4rt::Status;
using v4rt::format::Header;
using v4rt::format::Section;

namespace {

/// A sound artifact in memory, to be damaged.
class ArtifactReader : public testing::Test {
protected:
  void SetUp() override {
    std::string path = scratchFolder("reader") + "/toy.v4";
    // The reader takes the kernels as they are, so a short section keeps the tests over every byte short.
    ASSERT_TRUE(writeArtifact(path, toyManifest(), "no kernels").ok());
    good = readFile(path);
    ASSERT_TRUE(parse(good).ok()) << parse(good).text();
  }

  static Status parse(const std::string &bytes, v4_verify_weights verify = V4_VERIFY_AUTO) {
    void *copy = aligned_alloc(64, bytes.size() / 64 * 64 + 64);
    memcpy(copy, bytes.data(), bytes.size());
    ArtifactView view;
    Status status = view.parse(static_cast<const uint8_t *>(copy), bytes.size(), "file", verify);
    free(copy);
    return status;
  }

  template <typename Function> std::string withHeader(Function change) const {
    return v4test::withHeader(good, change);
  }

  /// Changes the section table and makes both checksums good again.
  template <typename Function> std::string withTable(Function change) const {
    Section table[3];
    memcpy(table, good.data() + sizeof(Header), sizeof(table));
    change(table);
    std::string bytes =
        withHeader([&](Header &h) { h.table_checksum = v4rt::checksum(table, sizeof(table)); });
    memcpy(&bytes[sizeof(Header)], table, sizeof(table));
    return bytes;
  }

  std::string good;
};

} // namespace

TEST_F(ArtifactReader, EveryTruncationIsNoticed) {
  for (size_t bytes = 0; bytes < good.size(); bytes += bytes < 4096 || bytes + 200 > good.size() ? 1 : 61)
    EXPECT_FALSE(parse(good.substr(0, bytes)).ok()) << bytes;
  expectFailure(parse(good.substr(0, 10)), V4_BAD_ARTIFACT, "has 10 bytes, a header has 64");
  expectFailure(parse(good.substr(0, 5000)), V4_BAD_ARTIFACT, "file is truncated: it has 5000 bytes of");
  expectFailure(parse(good + "x"), V4_BAD_ARTIFACT, "its header says");
}

TEST_F(ArtifactReader, EveryFlippedByteIsNoticed) {
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] ^= char(1 << (i % 8));
    Status status = parse(bad);
    EXPECT_FALSE(status.ok()) << "byte " << i;
    EXPECT_FALSE(status.text().empty());
  }
}

TEST_F(ArtifactReader, OtherFilesAndVersions) {
  std::string text(100, 'x');
  expectFailure(parse(text), V4_BAD_ARTIFACT, "file is not an artifact: it does not begin");
  expectFailure(parse(withHeader([](Header &h) { h.major = 2; })), V4_UNSUPPORTED,
                "file was made by a newer v4c: its format is version 2." +
                    std::to_string(v4rt::format::kFormatMinor) + ", this runtime reads version 1");
  expectFailure(parse(withHeader([](Header &h) { h.major = 0; })), V4_UNSUPPORTED, "older v4c");
  EXPECT_TRUE(parse(withHeader([](Header &h) { h.minor = 9; })).ok());
}

TEST_F(ArtifactReader, SectionTable) {
  expectFailure(parse(withHeader([](Header &h) { h.section_count = 65; })), V4_BAD_ARTIFACT, "65 sections");
  expectFailure(parse(withTable([](Section *t) { t[0].offset += 64; })), V4_BAD_ARTIFACT,
                "its kernels section is at byte 4160, which is no multiple of 4096");
  expectFailure(parse(withTable([](Section *t) { t[0].bytes = UINT64_MAX; })), V4_BAD_ARTIFACT,
                "does not fit");
  expectFailure(parse(withTable([](Section *t) { t[0].offset = UINT64_MAX & ~4095ull; })), V4_BAD_ARTIFACT,
                "does not fit");
  expectFailure(parse(withTable([](Section *t) { t[2].offset = 0; })), V4_BAD_ARTIFACT, "does not fit");
  expectFailure(parse(withTable([](Section *t) { t[0].bytes = 4097; })), V4_BAD_ARTIFACT,
                "kernels and weights sections overlap");
  expectFailure(parse(withTable([](Section *t) {
                  t[2].kind = 2;
                  t[2].offset = t[0].offset;
                  t[0].bytes = 0;
                })),
                V4_BAD_ARTIFACT, "file is damaged");
  expectFailure(parse(withTable([](Section *t) { t[2].kind = 77; })), V4_BAD_ARTIFACT, "has no manifest");
  expectFailure(parse(withTable([](Section *t) { t[1].kind = 77; })), V4_BAD_ARTIFACT,
                "its weights section is missing");
  EXPECT_TRUE(parse(withTable([](Section *t) { t[0].kind = 77; })).ok()); // unknown kinds are ignored
}

TEST_F(ArtifactReader, WeightsAreVerifiedAsAsked) {
  std::string bad = good;
  Section table[3];
  memcpy(table, good.data() + sizeof(Header), sizeof(table));
  bad[table[1].offset + 5] ^= 1;
  expectFailure(parse(bad, V4_VERIFY_ALWAYS), V4_BAD_ARTIFACT, "the checksum of its weights section");
  EXPECT_TRUE(parse(bad, V4_VERIFY_NEVER).ok());
}

TEST_F(ArtifactReader, Tokenizer) {
  std::string path = scratchFolder("reader-tokenizer") + "/toy.v4", tokenizer = R"({"model": {}})";
  ManifestSpec manifest = toyManifest();
  ASSERT_TRUE(writeArtifact(path, manifest, "no kernels").ok());
  v4rt::Artifact without, with;
  ASSERT_TRUE(without.open(path, V4_VERIFY_AUTO).ok());
  EXPECT_FALSE(without.tokenizer());
  manifest.tokenizer = tokenizer;
  ASSERT_TRUE(writeArtifact(path, manifest, "no kernels").ok());
  ASSERT_TRUE(with.open(path, V4_VERIFY_AUTO).ok());
  ASSERT_TRUE(with.tokenizer());
  EXPECT_EQ(std::string(reinterpret_cast<const char *>(with.tokenizer().data), with.tokenizer().size),
            tokenizer);
  EXPECT_EQ(with.identity(), without.identity()); // snapshots do not depend on it
  std::string bytes = readFile(path);
  bytes[bytes.find(tokenizer)] ^= 1;
  expectFailure(parse(bytes), V4_BAD_ARTIFACT, "the checksum of its tokenizer section does not match");
}

TEST_F(ArtifactReader, IdentityFollowsTheContent) {
  auto identity = [](const std::string &path) {
    v4rt::Artifact artifact;
    EXPECT_TRUE(artifact.open(path, V4_VERIFY_AUTO).ok());
    return artifact.identity();
  };
  std::string folder = scratchFolder("reader-identity");
  ASSERT_TRUE(writeArtifact(folder + "/a", toyManifest(), "a").ok());
  ASSERT_TRUE(writeArtifact(folder + "/same", toyManifest(), "a").ok());
  ASSERT_TRUE(writeArtifact(folder + "/b", toyManifest(), "b").ok());
  EXPECT_EQ(identity(folder + "/a"), identity(folder + "/same"));
  EXPECT_NE(identity(folder + "/a"), identity(folder + "/b"));
}

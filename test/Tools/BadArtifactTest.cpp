// Artifacts that v4run must refuse.
#include "runtime/Checksum.h"
#include "runtime/format/Format.h"
#include "test/Golden/Model.h"
#include "test/Support/Scratch.h"
#include "test/Tools/Refused.h"

#include <cstring>
#include <random>

namespace v4test {

using v4rt::format::Header;
using v4rt::format::Section;
using v4rt::format::SectionKind;

namespace {

class BadArtifact : public testing::Test {
protected:
  std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
  std::string input = scratchFolder(name);
  std::string output = scratchFolder(name + ".out");
  std::string good = readFile(compiled("micro-f32"));

  void SetUp() override {
    ASSERT_GT(good.size(), sizeof(Header)) << "nothing to damage";
    writeFile(input + "/tokens.json", "[1, 2, 3]");
  }

  std::vector<std::string> command(const std::string &bytes) {
    writeFile(input + "/bad.v4", bytes);
    return {binary("v4run"),
            "eval",
            input + "/bad.v4",
            "--tokens",
            input + "/tokens.json",
            "--logits",
            output + "/logits.safetensors"};
  }

  void refuse(const std::string &bytes, const std::vector<std::string> &words,
              const std::vector<std::string> &environment = {}) {
    expectRefused(command(bytes), words, output, environment);
  }

  static Header header(const std::string &bytes) {
    Header header;
    memcpy(&header, bytes.data(), sizeof header);
    return header;
  }

  static std::vector<Section> sections(const std::string &bytes) {
    std::vector<Section> table(header(bytes).section_count);
    memcpy(table.data(), bytes.data() + sizeof(Header), table.size() * sizeof(Section));
    return table;
  }

  // Puts a changed header and table back, all checksums right: only what they say is wrong.
  static void seal(std::string &bytes, Header header, std::vector<Section> table) {
    for (Section &section : table)
      section.checksum = v4rt::checksum(bytes.data() + section.offset, section.bytes);
    memcpy(bytes.data() + sizeof(Header), table.data(), table.size() * sizeof(Section));
    header.table_checksum = v4rt::checksum(table.data(), table.size() * sizeof(Section));
    header.header_checksum = 0;
    header.header_checksum = v4rt::checksum(&header, sizeof header);
    memcpy(bytes.data(), &header, sizeof header);
  }
};

TEST_F(BadArtifact, SealingChangesNothing) {
  std::string bytes = good;
  seal(bytes, header(bytes), sections(bytes));
  EXPECT_TRUE(bytes == good);
}

TEST_F(BadArtifact, NotAnArtifact) {
  refuse("", {"bad.v4"});
  refuse(std::string(1000, 'x'), {"not an artifact"});
}

TEST_F(BadArtifact, Truncated) {
  for (size_t size :
       {good.size() - 1, good.size() / 2, size_t(4096), size_t(100), size_t(64), size_t(63), size_t(8)})
    refuse(good.substr(0, size), {"bad.v4"});
}

TEST_F(BadArtifact, Longer) { refuse(good + "x", {"bad.v4"}); }

TEST_F(BadArtifact, FlippedByte) {
  std::mt19937 random(3);
  std::vector<size_t> places = {0, 9, 20, 30, 40, sizeof(Header) + 1, sizeof(Header) + 9};
  for (const Section &section : sections(good)) {
    places.insert(places.end(), {section.offset, section.offset + section.bytes - 1});
    for (int i = 0; i < 8; ++i)
      places.push_back(section.offset + random() % section.bytes);
  }
  for (size_t place : places) {
    SCOPED_TRACE("byte " + std::to_string(place));
    std::string bytes = good;
    bytes[place] = static_cast<char>(bytes[place] ^ (1 << (random() % 8)));
    refuse(bytes, {"bad.v4"});
  }
}

TEST_F(BadArtifact, NewerVersion) {
  std::string bytes = good;
  Header changed = header(bytes);
  changed.major += 1;
  seal(bytes, changed, sections(bytes));
  refuse(bytes, {"newer"});
}

// A later minor version promises that this reader understands what it needs.
TEST_F(BadArtifact, NewerMinorVersionRuns) {
  std::string bytes = good;
  Header changed = header(bytes);
  changed.minor += 1;
  seal(bytes, changed, sections(bytes));
  Finished finished = run(command(bytes));
  EXPECT_EQ(finished.exitCode, 0) << finished.err;
}

TEST_F(BadArtifact, NoManifest) {
  std::string bytes = good;
  std::vector<Section> table = sections(bytes);
  for (Section &section : table)
    if (section.kind == uint32_t(SectionKind::manifest))
      section.kind = 77;
  seal(bytes, header(bytes), table);
  refuse(bytes, {"manifest"});
}

// Noise in the manifest under right checksums: whatever it does to the meaning, it must not crash.
TEST_F(BadArtifact, NoiseInTheManifest) {
  std::mt19937 random(5);
  std::vector<Section> table = sections(good);
  for (const Section &section : table) {
    if (section.kind != uint32_t(SectionKind::manifest))
      continue;
    for (int round = 0; round < 60; ++round) {
      std::string bytes = good;
      size_t place = section.offset + random() % section.bytes;
      bytes[place] = static_cast<char>(random());
      seal(bytes, header(bytes), table);
      std::string file = input + "/noise.v4";
      writeFile(file, bytes);
      Finished finished = run({binary("v4run"), "inspect", file});
      EXPECT_LT(finished.exitCode, 126) << "byte " << place << ": " << finished.err;
    }
  }
}

// Both variants ask for features that no processor has.
TEST_F(BadArtifact, AnotherProcessor) {
  std::string bytes = good;
  for (const Section &section : sections(good)) {
    if (section.kind != uint32_t(SectionKind::manifest))
      continue;
    for (std::string feature : {"avx2", "avx512f"}) {
      std::string strange(feature.size(), 'z');
      for (size_t at = section.offset; (at = bytes.find(feature, at)) < section.offset + section.bytes;)
        bytes.replace(at, feature.size(), strange);
    }
  }
  ASSERT_FALSE(bytes == good);
  seal(bytes, header(bytes), sections(bytes));
  refuse(bytes, {"zzzz"});
}

TEST_F(BadArtifact, UnknownVariant) { refuse(good, {"x86_64_v9"}, {"V4_CPU_VARIANT=x86_64_v9"}); }

TEST_F(BadArtifact, WithoutWeights) {
  std::string bare = readFile(compiled("micro-f32", {"--no-weights"}));
  ASSERT_FALSE(bare.empty());
  refuse(bare, {"weights"});
}

} // namespace
} // namespace v4test

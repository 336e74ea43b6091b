// Artifacts with their weights in a file beside them.
#include "test/Pack/SmallArtifact.h"

#include "runtime/Artifact.h"

#include <cstring>

using namespace v4rt;

namespace {

struct WeightsBeside : v4test::SmallArtifact {
  std::string weights = full + ".weights";

  WeightsBeside() { EXPECT_EQ("", writeBeside(full).text()); }

  Status writeBeside(const std::string &path) {
    PackOptions options;
    options.weightsBeside = true;
    return write(path, checkpoint.get(), options);
  }

  // The error, with the folder as DIR.
  std::string error(const std::string &path, v4_verify_weights verify = V4_VERIFY_AUTO) {
    Artifact artifact;
    std::string text = artifact.open(path, verify).text();
    for (size_t at; (at = text.find(folder)) != text.npos;)
      text.replace(at, folder.size(), "DIR");
    return text;
  }
};

TEST_F(WeightsBeside, HoldTheSameBytes) {
  ASSERT_TRUE(write(program, checkpoint.get()).ok());
  Artifact inside, beside;
  Status status = inside.open(program, V4_VERIFY_ALWAYS);
  ASSERT_TRUE(status.ok()) << status.text();
  status = beside.open(full, V4_VERIFY_ALWAYS);
  ASSERT_TRUE(status.ok()) << status.text();
  EXPECT_EQ("full.v4.weights", beside.weightsFile()->str());
  EXPECT_EQ(nullptr, inside.weightsFile());
  ASSERT_EQ(inside.weights().size, beside.weights().size);
  EXPECT_EQ(0, std::memcmp(inside.weights().data, beside.weights().data, inside.weights().size));
  EXPECT_LT(std::filesystem::file_size(full), std::filesystem::file_size(program) / 2);
  EXPECT_EQ(3, files());
}

TEST_F(WeightsBeside, AreOpenedFromTheArtifactsFolder) {
  auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder);
  EXPECT_EQ("", error("full.v4"));
  std::filesystem::current_path(before);
}

TEST_F(WeightsBeside, TheFileMustBeThereAndTheRightOne) {
  std::string good = v4test::readFile(weights);
  EXPECT_EQ("DIR/full.v4.weights holds the weights of an artifact beside it; open that one", error(weights));

  std::filesystem::rename(weights, weights + "2");
  EXPECT_EQ("DIR/full.v4 has its weights in a file beside it: cannot open DIR/full.v4.weights: "
            "No such file or directory",
            error(full));
  std::filesystem::create_directory(weights);
  EXPECT_EQ("DIR/full.v4 has its weights in a file beside it: cannot read DIR/full.v4.weights: it is not a "
            "regular file",
            error(full));
  std::filesystem::remove(weights);

  v4test::writeFile(weights, good.substr(0, good.size() - 1));
  EXPECT_EQ(0u, error(full).find("DIR/full.v4.weights is truncated: it has ")) << error(full);
  v4test::writeFile(weights, "");
  EXPECT_EQ(0u, error(full).find("DIR/full.v4.weights is not an artifact: it has 0 bytes")) << error(full);
  v4test::writeFile(weights, std::string(good.size(), 'x'));
  EXPECT_EQ("DIR/full.v4.weights is not an artifact: it does not begin with the bytes V4ART", error(full));
  v4test::writeFile(weights, v4test::readFile(full));
  EXPECT_EQ("DIR/full.v4.weights is no file of weights alone", error(full));

  std::string damaged = good;
  damaged[damaged.size() / 2] ^= 1;
  v4test::writeFile(weights, damaged);
  EXPECT_EQ("DIR/full.v4.weights is damaged: the checksum of its weights section does not match",
            error(full, V4_VERIFY_ALWAYS));
  EXPECT_EQ("", error(full, V4_VERIFY_NEVER));

  // Of the same shape, with other values.
  v4test::CheckpointMaker otherValues;
  otherValues.add("vector", checkpoint::DType::f32, {77});
  v4rt::format::ManifestT small;
  v4test::fillModel(small);
  v4test::append(small, v4test::recipe("vector", {"vector"}, format::ElementType::f32, {77}));
  PackOptions options;
  options.weightsBeside = true;
  ASSERT_EQ("", writeArtifact(program, small, code(), otherValues.open("other").get(), options).text());
  std::filesystem::copy_file(program + ".weights", weights,
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(0u, error(full).find("DIR/full.v4.weights holds the weights of another artifact: "))
      << error(full);

  v4test::writeFile(weights, good);
  EXPECT_EQ("", error(full));
}

TEST_F(WeightsBeside, NamesStayInTheFolder) {
  Artifact artifact;
  ASSERT_TRUE(artifact.open(full, V4_VERIFY_AUTO).ok());
  format::ManifestT changed;
  artifact.manifest().UnPackTo(&changed);
  for (const char *name : {"../full.v4.weights", "/etc/passwd", "a/b", ".", "..", ""}) {
    changed.weights_file->name = name;
    flatbuffers::FlatBufferBuilder builder;
    format::FinishManifestBuffer(builder, format::Manifest::Pack(builder, &changed));
    ArtifactWriter writer;
    ASSERT_TRUE(writer.create(program).ok());
    ASSERT_TRUE(
        writer.addSection(format::SectionKind::manifest, builder.GetBufferPointer(), builder.GetSize()).ok());
    ASSERT_TRUE(writer.finish().ok());
    EXPECT_EQ(0u, error(program).find("DIR/program.v4 has a bad manifest: "))
        << name << ": " << error(program);
  }
}

TEST_F(WeightsBeside, AProgramGetsThemLater) {
  ASSERT_TRUE(write(program, nullptr).ok());
  std::string packed = folder + "/packed.v4";
  PackOptions options;
  options.weightsBeside = true;
  EXPECT_EQ("", packArtifact(program, *checkpoint, packed, options).text());
  EXPECT_EQ("", error(packed, V4_VERIFY_ALWAYS));
  EXPECT_TRUE(v4test::readFile(weights) == v4test::readFile(packed + ".weights"));
  EXPECT_NE(std::string::npos,
            packArtifact(packed, *checkpoint, full, {}).text().find("has its weights already"));
}

} // namespace

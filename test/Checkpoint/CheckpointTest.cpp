#include "runtime/checkpoint/Checkpoint.h"

#include "test/Checkpoint/Headers.h"
#include "test/Support/Scratch.h"

#include <gtest/gtest.h>

using namespace v4rt::checkpoint;
using v4test::f32Entry;
using v4test::safetensorsBytes;
using v4test::writeFile;

namespace {

// A folder to put files into; config.json is there.
struct Folder {
  std::string path = v4test::scratchFolder("checkpoint");

  Folder() { put("config.json", "{\"a\": 1}"); }

  void put(const std::string &name, const std::string &bytes) { writeFile(path + "/" + name, bytes); }
  void index(const std::string &map) {
    put("model.safetensors.index.json", "{\"weight_map\":{" + map + "}}");
  }

  std::unique_ptr<Checkpoint> open(Checkpoint::Weights weights = Checkpoint::Weights::required) {
    error.clear();
    auto checkpoint = Checkpoint::open(path, weights, error);
    EXPECT_EQ(checkpoint != nullptr, error.empty());
    for (size_t at; (at = error.find(path)) != error.npos;)
      error.replace(at, path.size(), "DIR");
    return checkpoint;
  }

  // The error of opening it.
  std::string refused() {
    EXPECT_EQ(nullptr, open());
    return error;
  }

  std::string error;
};

// Shards a (tensors a0, a1) and b (tensor b0).
struct Sharded : Folder {
  Sharded() {
    put("a.safetensors", safetensorsBytes("{" + f32Entry("a1", 8, 1) + "," + f32Entry("a0", 0, 2) + "}", 12));
    put("b.safetensors", safetensorsBytes("{" + f32Entry("b0", 0, 1) + "}", 4));
  }
};

TEST(Checkpoint, ReadsASingleFile) {
  Folder folder;
  folder.put("model.safetensors",
             safetensorsBytes("{" + f32Entry("w", 0, 2) +
                                  ",\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[8,11]}}",
                              11));
  auto checkpoint = folder.open();
  ASSERT_TRUE(checkpoint) << folder.error;
  EXPECT_EQ("{\"a\": 1}", checkpoint->config());
  EXPECT_TRUE(checkpoint->hasWeights());
  ASSERT_EQ(2u, checkpoint->tensors().size());
  EXPECT_EQ("b", checkpoint->tensors()[0].name);
  EXPECT_EQ(nullptr, checkpoint->find("missing"));
  const TensorInfo *tensor = checkpoint->find("b");
  ASSERT_TRUE(tensor);
  EXPECT_EQ(folder.path + "/model.safetensors", checkpoint->pathOf(*tensor));
  std::vector<uint8_t> data;
  std::string error;
  ASSERT_TRUE(checkpoint->read(*tensor, data, error)) << error;
  EXPECT_EQ((std::vector<uint8_t>{8, 9, 10}), data);
  ASSERT_TRUE(checkpoint->read(*tensor, 1, data.data(), 2, error)) << error;
  EXPECT_EQ((std::vector<uint8_t>{9, 10, 10}), data);
  EXPECT_FALSE(checkpoint->read(*tensor, 2, data.data(), 2, error));
  EXPECT_EQ("bytes 2 to 4 of tensor 'b' are wanted, but it has only 3", error);
}

TEST(Checkpoint, ReadsShards) {
  Sharded folder;
  folder.put(
      "model.safetensors.index.json",
      "{\"metadata\":{\"total_size\":16,\"x\":[{\"y\":null}]},\"weight_map\":{\"b0\":\"b.safetensors\","
      "\"a0\":\"a.safetensors\",\"a1\":\"a.safetensors\"},\"more\":[1,2.5,true,-1]}");
  auto checkpoint = folder.open();
  ASSERT_TRUE(checkpoint) << folder.error;
  ASSERT_EQ(2u, checkpoint->files().size());
  ASSERT_EQ(3u, checkpoint->tensors().size());
  EXPECT_EQ("a0", checkpoint->tensors()[0].name);
  EXPECT_EQ("a1", checkpoint->tensors()[1].name);
  EXPECT_EQ("b0", checkpoint->tensors()[2].name);
  EXPECT_EQ(folder.path + "/b.safetensors", checkpoint->pathOf(*checkpoint->find("b0")));
}

TEST(Checkpoint, ReadsTheFixtures) {
  const std::pair<const char *, size_t> fixtures[] = {
      {"micro-f32", 210}, {"micro-odd", 294}, {"micro-fp8fp4", 292}};
  for (auto [name, count] : fixtures) {
    std::string error;
    auto checkpoint = Checkpoint::open(v4test::data(name), Checkpoint::Weights::required, error);
    ASSERT_TRUE(checkpoint) << error;
    EXPECT_EQ(count, checkpoint->tensors().size());
  }
}

TEST(Checkpoint, NeedsNoWeightsWhenAskedSo) {
  Folder folder;
  auto checkpoint = folder.open(Checkpoint::Weights::optional);
  ASSERT_TRUE(checkpoint) << folder.error;
  EXPECT_FALSE(checkpoint->hasWeights());
  EXPECT_TRUE(checkpoint->tensors().empty());
  EXPECT_EQ("'DIR' has neither model.safetensors nor model.safetensors.index.json", folder.refused());
  folder.put("other.safetensors", safetensorsBytes("{}", 0));
  EXPECT_EQ("'DIR' has neither model.safetensors nor model.safetensors.index.json, though it has "
            "'other.safetensors'",
            folder.refused());
}

TEST(Checkpoint, RefusesWhatIsNoCheckpoint) {
  Folder folder;
  std::string error;
  EXPECT_FALSE(Checkpoint::open(folder.path + "/config.json", Checkpoint::Weights::required, error));
  EXPECT_NE(error.npos, error.find("config.json' is not a folder; a checkpoint is one with config.json and"));
  EXPECT_FALSE(Checkpoint::open(v4test::scratchFolder("empty"), Checkpoint::Weights::optional, error));
  EXPECT_NE(error.npos, error.find("/config.json': No such file or directory")) << error;
  folder.put("config.json", std::string(kMaxConfigBytes + 1, ' '));
  EXPECT_EQ("'DIR/config.json' has 16777217 bytes, at most 16777216 are accepted", folder.refused());
}

TEST(Checkpoint, RefusesABadFile) {
  Folder folder;
  folder.put("model.safetensors", "1234");
  EXPECT_EQ("'DIR/model.safetensors' has 4 bytes, but a safetensors file has at least 8", folder.refused());
}

TEST(Checkpoint, RefusesShardsThatDisagreeWithTheIndex) {
  Sharded folder;
  std::string both = "\"a0\":\"a.safetensors\",\"a1\":\"a.safetensors\",\"b0\":\"b.safetensors\"";
  folder.index(both);
  EXPECT_TRUE(folder.open()) << folder.error;
  const std::string at = "'DIR/model.safetensors.index.json' ";

  folder.index(both + ",\"c0\":\"c.safetensors\"");
  EXPECT_EQ(at + "names the shard 'c.safetensors', which is not there", folder.refused());
  folder.index(both + ",\"a2\":\"a.safetensors\"");
  EXPECT_EQ(at + "places tensor 'a2' in 'a.safetensors', which does not have it", folder.refused());
  folder.index("\"a0\":\"a.safetensors\",\"b0\":\"b.safetensors\"");
  EXPECT_EQ("'DIR/a.safetensors' has tensor 'a1', which " + at + "does not name", folder.refused());
  folder.index("\"a0\":\"a.safetensors\",\"a1\":\"b.safetensors\",\"b0\":\"b.safetensors\"");
  EXPECT_EQ(at + "places tensor 'a1' in 'b.safetensors', but it is in 'a.safetensors'", folder.refused());
  folder.put("b.safetensors", safetensorsBytes("{" + f32Entry("a0", 0, 1) + "}", 4));
  folder.index(both);
  EXPECT_EQ("tensor 'a0' is in both 'DIR/a.safetensors' and 'DIR/b.safetensors'", folder.refused());
}

TEST(Checkpoint, RefusesBadIndices) {
  Folder folder;
  const std::pair<std::string, std::string> cases[] = {
      {"", "is not valid JSON at byte 1"},
      {"[]", "holds an array, wanted an object"},
      {"\"x\"", "holds a string, wanted an object"},
      {"{}", "has no 'weight_map'"},
      {"{\"weight_map\":{}}", "names no tensor"},
      {"{\"weight_map\":[]}", "has an array for 'weight_map', wanted an object"},
      {"{\"weight_map\":\"x\"}", "has a string for 'weight_map', wanted an object"},
      {"{\"weight_map\":{},\"weight_map\":{}}", "has 'weight_map' twice"},
      {"{\"weight_map\":{\"a\":1}}", "has a number as the shard of tensor 'a', wanted the name of a file"},
      {"{\"weight_map\":{\"a\":{}}}", "has an object as the shard of tensor 'a', wanted the name of a file"},
      {"{\"weight_map\":{\"a\":\"x\",\"a\":\"x\"}}", "names tensor 'a' twice"},
      {"{\"weight_map\":{\"a\":\"../x\"}}",
       "places tensor 'a' in '../x', wanted the name of a file in the same folder"},
      {"{\"weight_map\":{\"a\":\"..\"}}",
       "places tensor 'a' in '..', wanted the name of a file in the same folder"},
      {"{\"weight_map\":{\"a\":\"/etc/passwd\"}}",
       "places tensor 'a' in '/etc/passwd', wanted the name of a file in the same folder"},
      {"{\"weight_map\":{\"a\":\"\"}}",
       "places tensor 'a' in '', wanted the name of a file in the same folder"},
      {"{\"weight_map\":{\"a\":\"x\\u0000y\"}}",
       "places tensor 'a' in 'x?y', wanted the name of a file in the same folder"},
  };
  for (const auto &[json, error] : cases) {
    folder.put("model.safetensors.index.json", json);
    EXPECT_EQ("'DIR/model.safetensors.index.json' " + error, folder.refused()) << json;
  }
}

} // namespace

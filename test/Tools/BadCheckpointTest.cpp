// Checkpoints that v4c must refuse.
#include "test/Support/Scratch.h"
#include "test/Tools/EditCheckpoint.h"
#include "test/Tools/Refused.h"

#include <filesystem>
#include <gtest/gtest.h>

namespace v4test {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

class BadCheckpoint : public testing::Test {
protected:
  std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
  std::string output = scratchFolder(name + ".out");

  void refuse(const std::string &folder, const std::vector<std::string> &words) {
    SCOPED_TRACE(folder);
    expectRefused({binary("v4c"), folder, "-o", output + "/model.v4"}, words, output);
  }

  std::string oneFile() { return copyCheckpoint("micro-f32", name); }
  std::string sharded() { return copyCheckpoint("micro-odd", name); }

  // micro-f32 with another config.
  void refuseConfig(const std::function<void(json &)> &edit, const std::vector<std::string> &words) {
    std::string folder = oneFile();
    editJson(folder + "/config.json", edit);
    refuse(folder, words);
  }
};

const char *const kSecondShard = "/model-00002-of-00003.safetensors";
const char *const kTensor = "layers.0.attn.wq_a.weight";

TEST_F(BadCheckpoint, NoFolder) { refuse(output + "/nowhere", {"nowhere"}); }

TEST_F(BadCheckpoint, NoConfig) {
  std::string folder = oneFile();
  fs::remove(folder + "/config.json");
  refuse(folder, {"config.json"});
}

TEST_F(BadCheckpoint, NoWeights) {
  std::string folder = oneFile();
  fs::remove(folder + "/model.safetensors");
  refuse(folder, {"model.safetensors"});
}

TEST_F(BadCheckpoint, ShardMissing) {
  std::string folder = sharded();
  fs::remove(folder + kSecondShard);
  refuse(folder, {"model-00002-of-00003.safetensors"});
}

TEST_F(BadCheckpoint, ShardTruncated) {
  std::string folder = sharded();
  for (long size : {-1L, 1000L, 8L, 5L, 0L}) {
    fs::copy_file(data("micro-odd") + kSecondShard, folder + kSecondShard,
                  fs::copy_options::overwrite_existing);
    cutFile(folder + kSecondShard, size);
    refuse(folder, {"model-00002-of-00003.safetensors"});
  }
}

TEST_F(BadCheckpoint, ShardIndexMalformed) {
  std::string folder = sharded();
  for (const char *text :
       {"", "{", "[]", "{}", R"({"weight_map": {"a": 3}})", R"({"weight_map": {"a": "../x"}})"}) {
    writeFile(folder + "/model.safetensors.index.json", text);
    refuse(folder, {"model.safetensors.index.json"});
  }
}

TEST_F(BadCheckpoint, ShardIndexPlacesTensorElsewhere) {
  std::string folder = sharded();
  editJson(folder + "/model.safetensors.index.json", [](json &index) {
    json &place = index["weight_map"][kTensor];
    place = place == "model-00001-of-00003.safetensors" ? "model-00003-of-00003.safetensors"
                                                        : "model-00001-of-00003.safetensors";
  });
  refuse(folder, {kTensor});
}

TEST_F(BadCheckpoint, HeaderLengthOutOfRange) {
  std::string folder = oneFile(), file = folder + "/model.safetensors";
  std::string bytes = readFile(file);
  for (unsigned char top : {0x00, 0x01, 0x7f, 0xff}) {
    bytes[7] = static_cast<char>(top);
    bytes[3] = static_cast<char>(0x7f);
    writeFile(file, bytes);
    refuse(folder, {"model.safetensors", "header"});
  }
}

TEST_F(BadCheckpoint, HeaderNotJson) {
  std::string folder = oneFile(), file = folder + "/model.safetensors";
  std::string bytes = readFile(file);
  bytes[8] = '<';
  writeFile(file, bytes);
  refuse(folder, {"model.safetensors"});
}

TEST_F(BadCheckpoint, OffsetsOutOfRange) {
  for (std::vector<int64_t> offsets :
       {std::vector<int64_t>{0, 1LL << 40}, {1LL << 62, (1LL << 62) + 12288}, {64, 0}, {-8, 4}}) {
    std::string folder = oneFile();
    editHeader(folder + "/model.safetensors",
               [&](json &header) { header[kTensor]["data_offsets"] = offsets; });
    refuse(folder, {"model.safetensors"});
  }
}

TEST_F(BadCheckpoint, TensorsOverlap) {
  std::string folder = oneFile();
  editHeader(folder + "/model.safetensors", [&](json &header) {
    for (json &offset : header[kTensor]["data_offsets"])
      offset = offset.get<uint64_t>() - 4;
  });
  refuse(folder, {"overlaps", kTensor});
}

TEST_F(BadCheckpoint, TensorMissing) {
  std::string folder = oneFile();
  removeTensor(folder + "/model.safetensors", kTensor);
  refuse(folder, {kTensor});
}

TEST_F(BadCheckpoint, TensorExtra) {
  std::string folder = oneFile();
  addTensor(folder + "/model.safetensors", "layers.0.attn.surprise.weight");
  refuse(folder, {"layers.0.attn.surprise.weight"});
}

TEST_F(BadCheckpoint, TensorOfAnotherLayer) {
  std::string folder = oneFile();
  addTensor(folder + "/model.safetensors", "layers.4.attn_norm.weight");
  refuse(folder, {"layers.4.attn_norm.weight"});
}

TEST_F(BadCheckpoint, TensorOfWrongShape) {
  std::string folder = oneFile();
  editHeader(folder + "/model.safetensors", [&](json &header) {
    json &shape = header[kTensor]["shape"];
    std::swap(shape[0], shape[1]);
  });
  refuse(folder, {kTensor, "[64, 48]", "[48, 64]"});
}

TEST_F(BadCheckpoint, TensorOfWrongType) {
  std::string folder = oneFile();
  editHeader(folder + "/model.safetensors", [&](json &header) { header[kTensor]["dtype"] = "I32"; });
  refuse(folder, {kTensor, "I32"});
}

TEST_F(BadCheckpoint, TensorOfUnknownType) {
  std::string folder = oneFile();
  editHeader(folder + "/model.safetensors", [&](json &header) { header[kTensor]["dtype"] = "F99"; });
  refuse(folder, {kTensor, "F99"});
}

TEST_F(BadCheckpoint, ScaleMissing) {
  std::string folder = copyCheckpoint("tiny-chat-fp8fp4", name);
  removeTensor(folder + "/model.safetensors", "layers.0.attn.wq_a.scale");
  refuse(folder, {"layers.0.attn.wq_a.scale"});
}

TEST_F(BadCheckpoint, ConfigMalformed) {
  std::string folder = oneFile();
  for (const char *text : {"", "{", "[1, 2]", "nonsense", "{\"hidden_size\": 64,}"}) {
    writeFile(folder + "/config.json", text);
    refuse(folder, {"config.json"});
  }
}

TEST_F(BadCheckpoint, ConfigFieldMissing) {
  for (const char *field : {"hidden_size", "num_hidden_layers", "vocab_size", "compress_ratios", "head_dim"})
    refuseConfig([&](json &config) { config.erase(field); }, {field});
}

TEST_F(BadCheckpoint, ConfigFieldOfWrongType) {
  refuseConfig([](json &config) { config["hidden_size"] = "64"; }, {"hidden_size"});
  refuseConfig([](json &config) { config["compress_ratios"] = 4; }, {"compress_ratios"});
  refuseConfig([](json &config) { config["rms_norm_eps"] = json::array(); }, {"rms_norm_eps"});
}

TEST_F(BadCheckpoint, ConfigFieldOutOfRange) {
  refuseConfig([](json &config) { config["hidden_size"] = 0; }, {"hidden_size"});
  refuseConfig([](json &config) { config["num_hidden_layers"] = -1; }, {"num_hidden_layers"});
  refuseConfig([](json &config) { config["vocab_size"] = 1e30; }, {"vocab_size"});
  refuseConfig([](json &config) { config["num_experts_per_tok"] = 9; }, {"num_experts_per_tok"});
  refuseConfig([](json &config) { config["qk_rope_head_dim"] = 34; }, {"qk_rope_head_dim"});
  refuseConfig([](json &config) { config["o_groups"] = 3; }, {"o_groups"});
}

TEST_F(BadCheckpoint, ConfigTooFewRatios) {
  refuseConfig([](json &config) { config["compress_ratios"] = {0, 4}; }, {"compress_ratios"});
}

TEST_F(BadCheckpoint, UnknownRatio) {
  refuseConfig([](json &config) { config["compress_ratios"] = {0, -4, 128, 4}; }, {"compress_ratios", "-4"});
}

TEST_F(BadCheckpoint, UnknownScoringFunction) {
  refuseConfig([](json &config) { config["scoring_func"] = "softplusplus"; },
               {"scoring_func", "softplusplus"});
}

TEST_F(BadCheckpoint, UnknownArchitecture) {
  refuseConfig([](json &config) { config["model_type"] = "llama"; }, {"llama"});
}

TEST_F(BadCheckpoint, OutputFolderMissing) {
  expectRefused({binary("v4c"), data("micro-f32"), "-o", output + "/nowhere/model.v4"}, {"nowhere"}, output);
}

TEST_F(BadCheckpoint, UnknownOption) {
  expectRefused({binary("v4c"), data("micro-f32"), "-o", output + "/model.v4", "--frobnicate"},
                {"--frobnicate"}, output);
}

TEST_F(BadCheckpoint, UnknownValues) {
  for (const char *option : {"--target", "--numerics", "--compile-to", "--max-context"})
    expectRefused({binary("v4c"), data("micro-f32"), "-o", output + "/model.v4", option, "nonsense"},
                  {"nonsense"}, output);
}

// A good artifact at the same place stays as it is.
TEST_F(BadCheckpoint, KeepsWhatWasThere) {
  std::string there = output + "/model.v4";
  writeFile(there, "precious");
  std::string folder = oneFile();
  cutFile(folder + "/model.safetensors", -1);
  expectRefused({binary("v4c"), folder, "-o", there}, {}, scratchFolder(name + ".none"));
  EXPECT_EQ(readFile(there), "precious");
}

} // namespace
} // namespace v4test

// The checkpoint's tensors against those that the config asks for.
#include "codegen/Import/Inventory.h"
#include "test/Support/Scratch.h"
#include "test/Unit/ImportSupport.h"

#include <gtest/gtest.h>

namespace v4test {
namespace {

using namespace mlir::v4;
using v4rt::checkpoint::DType;
using Tensors = std::vector<StoredTensor>;

Inventory inventoryOf(const v4rt::checkpoint::Checkpoint &checkpoint, std::string &error) {
  Inventory inventory;
  EXPECT_EQ(takeInventory(goodConfig(checkpoint.config()), checkpoint, inventory, error), error.empty());
  return inventory;
}

Inventory goodInventory(const v4rt::checkpoint::Checkpoint &checkpoint) {
  std::string error;
  Inventory inventory = inventoryOf(checkpoint, error);
  EXPECT_EQ(error, "");
  return inventory;
}

std::string errorAfter(const std::string &fixture, const std::function<void(Tensors &)> &edit) {
  std::string error;
  inventoryOf(*editedCheckpoint(fixture, "edited", edit), error);
  return error;
}

WeightEntry entryOf(const Inventory &inventory, const std::string &name) {
  auto entry = inventory.weights.find(name);
  EXPECT_NE(entry, inventory.weights.end()) << name;
  return entry == inventory.weights.end() ? WeightEntry() : entry->second;
}

TEST(ImportInventory, KnowsTheFormatsOfTheFixtures) {
  Inventory plain = goodInventory(*openCheckpoint(data("micro-f32")));
  EXPECT_EQ(entryOf(plain, "layers.0.attn.wq_a.weight").format.element, ElementFormat::f32);
  EXPECT_EQ(entryOf(plain, "layers.0.ffn.gate.tid2eid").format.element, ElementFormat::i64);
  EXPECT_EQ(plain.mtpTensors, 0);

  Inventory odd = goodInventory(*openCheckpoint(data("micro-odd")));
  EXPECT_EQ(entryOf(odd, "layers.0.attn.wq_a.weight").format.element, ElementFormat::bf16);
  EXPECT_EQ(entryOf(odd, "layers.0.hc_attn_fn").format.element, ElementFormat::f32);
  EXPECT_GT(odd.mtpTensors, 0);

  Inventory quantised = goodInventory(*openCheckpoint(data("micro-fp8fp4")));
  WeightFormat fp8 = entryOf(quantised, "layers.0.attn.wq_a.weight").format;
  EXPECT_EQ(fp8.element, ElementFormat::f8e4m3);
  EXPECT_EQ(fp8.scale, ScaleFormat::f8e8m0);
  EXPECT_EQ(fp8.blockRows, 128);
  EXPECT_EQ(fp8.blockCols, 128);
  WeightEntry fp4 = entryOf(quantised, "layers.0.ffn.experts.{e}.w1.weight");
  EXPECT_EQ(fp4.format.element, ElementFormat::f4e2m1);
  EXPECT_EQ(fp4.format.blockRows, 1);
  EXPECT_EQ(fp4.format.blockCols, 32);
  EXPECT_EQ(fp4.shape, (llvm::SmallVector<int64_t, 3>{6, 160, 288})); // elements, not bytes
}

// FP8 experts and scales stored as float32, as in the Base checkpoints.
TEST(ImportInventory, TakesTheStorageOfBaseCheckpoints) {
  auto checkpoint = editedCheckpoint("micro-fp8fp4", "base", [](Tensors &tensors) {
    for (StoredTensor &tensor : tensors) {
      if (tensor.name.find(".experts.") != std::string::npos && tensor.dtype == DType::i8) {
        tensor.dtype = DType::f8e4m3;
        tensor.shape[1] *= 2;
        StoredTensor &scale = tensorOf(tensors, scaleTensorName(tensor.name));
        scale.shape = {(tensor.shape[0] + 127) / 128, (tensor.shape[1] + 127) / 128};
      }
      if (tensor.dtype == DType::f8e8m0)
        tensor.dtype = DType::f32;
    }
  });
  Inventory inventory = goodInventory(*checkpoint);
  WeightFormat format = entryOf(inventory, "layers.1.ffn.experts.{e}.w2.weight").format;
  EXPECT_EQ(format.element, ElementFormat::f8e4m3);
  EXPECT_EQ(format.scale, ScaleFormat::f32);
}

TEST(ImportInventory, TakesScaleBlocksFromTheConfig) {
  auto half = [](int64_t size) { return (size + 63) / 64; };
  auto checkpoint = editedCheckpoint(
      "micro-fp8fp4", "blocks",
      [&](Tensors &tensors) {
        for (StoredTensor &tensor : tensors)
          if (tensor.dtype == DType::f8e4m3)
            tensorOf(tensors, scaleTensorName(tensor.name)).shape = {half(tensor.shape[0]),
                                                                     half(tensor.shape[1])};
      },
      [](llvm::json::Object &config) {
        (*config.getObject("quantization_config"))["weight_block_size"] = llvm::json::Array{64, 64};
      });
  EXPECT_EQ(entryOf(goodInventory(*checkpoint), "layers.0.attn.wkv.weight").format.blockRows, 64);
}

struct BadTensors {
  const char *fixture;
  std::function<void(Tensors &)> edit;
  const char *error;
};

void removeTensor(Tensors &tensors, const std::string &name) {
  tensors.erase(tensors.begin() + (&tensorOf(tensors, name) - tensors.data()));
}

TEST(ImportInventory, RefusesWhatDoesNotFit) {
  const BadTensors cases[] = {
      {"micro-f32", [](Tensors &t) { removeTensor(t, "layers.3.ffn.experts.7.w2.weight"); },
       "the checkpoint has no tensor 'layers.3.ffn.experts.7.w2.weight'"},
      {"micro-fp8fp4", [](Tensors &t) { removeTensor(t, "layers.0.attn.wq_a.scale"); },
       "the checkpoint has no tensor 'layers.0.attn.wq_a.scale', the scale of 'layers.0.attn.wq_a.weight'"},
      {"micro-f32", [](Tensors &t) { t.push_back({"layers.4.attn_norm.weight", DType::f32, {64}}); },
       "the checkpoint has tensor 'layers.4.attn_norm.weight', which this config has no place for"},
      {"micro-f32", [](Tensors &t) { t.push_back({"layers.0.attn.compressor.ape", DType::f32, {4, 64}}); },
       "the checkpoint has tensor 'layers.0.attn.compressor.ape', which this config has no place for"},
      {"micro-f32", [](Tensors &t) { t.push_back({"layers.0.attn.wkv.scale", DType::f8e8m0, {1, 1}}); },
       "the checkpoint has tensor 'layers.0.attn.wkv.scale', which this config has no place for"},
      {"micro-f32", [](Tensors &t) { tensorOf(t, "layers.0.attn.wq_a.weight").shape = {64, 48}; },
       "tensor 'layers.0.attn.wq_a.weight' has shape [64, 48], but the config makes it [48, 64]"},
      {"micro-f32", [](Tensors &t) { tensorOf(t, "norm.weight").shape = {64, 1}; },
       "tensor 'norm.weight' has shape [64, 1], but the config makes it [64]"},
      {"micro-fp8fp4", [](Tensors &t) { tensorOf(t, "layers.0.ffn.experts.5.w1.scale").shape = {160, 8}; },
       "tensor 'layers.0.ffn.experts.5.w1.scale' has shape [160, 8], but the config makes it [160, 9]"},
      {"micro-f32", [](Tensors &t) { tensorOf(t, "layers.0.attn.wq_a.weight").dtype = DType::f16; },
       "tensor 'layers.0.attn.wq_a.weight' has type F16, but must be F32, BF16, F8_E4M3 or I8 (packed E2M1)"},
      {"micro-f32", [](Tensors &t) { tensorOf(t, "embed.weight").dtype = DType::f8e4m3; },
       "tensor 'embed.weight' has type F8_E4M3, but must be F32 or BF16"},
      {"micro-f32", [](Tensors &t) { tensorOf(t, "layers.0.ffn.gate.tid2eid").dtype = DType::i32; },
       "tensor 'layers.0.ffn.gate.tid2eid' has type I32, but must be I64"},
      {"micro-fp8fp4", [](Tensors &t) { tensorOf(t, "layers.0.ffn.experts.0.w1.scale").dtype = DType::f32; },
       "tensor 'layers.0.ffn.experts.0.w1.scale' has type F32, but must be F8_E8M0"},
      {"micro-f32", [](Tensors &t) { tensorOf(t, "layers.2.ffn.experts.3.w3.weight").dtype = DType::bf16; },
       "tensor 'layers.2.ffn.experts.3.w3.weight' is stored in another format than "
       "'layers.2.ffn.experts.0.w3.weight', but a layer's experts must share one"},
  };
  for (const BadTensors &bad : cases)
    EXPECT_EQ(errorAfter(bad.fixture, bad.edit), bad.error);
}

// Vectors may be bfloat16, and experts of different layers or matrices may differ.
TEST(ImportInventory, TakesMixedFormats) {
  EXPECT_EQ(errorAfter("micro-f32",
                       [](Tensors &t) {
                         tensorOf(t, "layers.0.attn.attn_sink").dtype = DType::bf16;
                         for (int e = 0; e < 8; ++e)
                           tensorOf(t, "layers.1.ffn.experts." + std::to_string(e) + ".w1.weight").dtype =
                               DType::bf16;
                       }),
            "");
}

TEST(ImportInventory, RefusesSizesBeyondMemory) {
  ModelConfig config = goodConfig(configText("micro-f32"));
  config.expertSize = config.hiddenSize = INT32_MAX;
  Inventory inventory;
  std::string error;
  EXPECT_FALSE(assumeInventory(config, inventory, error));
  EXPECT_NE(error.find("larger than 64 bits can address"), std::string::npos) << error;
}

TEST(ImportInventory, AssumesThePublishedStorage) {
  struct Case {
    std::function<void(llvm::json::Object &)> edit;
    ElementFormat dense, expert, embedding;
  };
  const Case cases[] = {
      {[](llvm::json::Object &o) {}, ElementFormat::f8e4m3, ElementFormat::f4e2m1, ElementFormat::bf16},
      {[](llvm::json::Object &o) { o.erase("expert_dtype"); }, ElementFormat::f8e4m3, ElementFormat::f4e2m1,
       ElementFormat::bf16},
      {[](llvm::json::Object &o) { o["expert_dtype"] = "fp8"; }, ElementFormat::f8e4m3, ElementFormat::f8e4m3,
       ElementFormat::bf16},
      {[](llvm::json::Object &o) { o.erase("expert_dtype"), o.erase("quantization_config"); },
       ElementFormat::bf16, ElementFormat::bf16, ElementFormat::bf16},
      {[](llvm::json::Object &o) {
         o.erase("expert_dtype"), o.erase("quantization_config");
         o["torch_dtype"] = "float32";
       },
       ElementFormat::f32, ElementFormat::f32, ElementFormat::f32},
  };
  for (const Case &c : cases) {
    Inventory inventory;
    std::string error;
    EXPECT_TRUE(assumeInventory(goodConfig(configText("micro-fp8fp4", c.edit)), inventory, error)) << error;
    EXPECT_EQ(entryOf(inventory, "layers.0.attn.wq_b.weight").format.element, c.dense);
    EXPECT_EQ(entryOf(inventory, "layers.0.ffn.experts.{e}.w2.weight").format.element, c.expert);
    EXPECT_EQ(entryOf(inventory, "embed.weight").format.element, c.embedding);
    EXPECT_EQ(entryOf(inventory, "hc_head_fn").format.element, ElementFormat::f32);
  }
}

// Counts of the published checkpoints, without MTP: 69,187 and 145,116 tensors with it.
TEST(ImportInventory, CountsThePublishedTensors) {
  auto count = [](const std::string &fixture) {
    Inventory inventory;
    std::string error;
    EXPECT_TRUE(assumeInventory(goodConfig(configText(fixture)), inventory, error)) << error;
    int64_t tensors = 0;
    for (const auto &entry : inventory.weights) {
      int64_t stack = entry.second.shape.size() == 3 ? entry.second.shape[0] : 1;
      tensors += stack * (entry.second.format.scale == ScaleFormat::none ? 1 : 2);
    }
    return tensors;
  };
  // An MTP block has as many tensors as a layer without compressor, with a bias, and 13 of its own: two
  // projections with scales, three norms, three of the head, counted by hand below.
  auto mtp = [](int64_t experts) { return 6 + 2 + 5 * 2 + 3 + 2 + experts * 6 + 6 + 4 + 3 + 3; };
  EXPECT_EQ(count("configs/deepseek-v4-flash") + mtp(256), 69187);
  EXPECT_EQ(count("configs/deepseek-v4-pro") + mtp(384), 145116);
}

} // namespace
} // namespace v4test

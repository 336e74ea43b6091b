// config.json: what is read from good ones, and the sentence about each bad one.
#include "test/Unit/ImportSupport.h"

#include <gtest/gtest.h>

namespace v4test {
namespace {

using mlir::v4::ModelConfig;
using Object = llvm::json::Object;
using Array = llvm::json::Array;

TEST(ImportConfig, ReadsAPublishedOne) {
  ModelConfig c = goodConfig(configText("configs/deepseek-v4-pro"));
  EXPECT_EQ(c.vocabSize, 129280);
  EXPECT_EQ(c.hiddenSize, 7168);
  EXPECT_EQ(c.layers, 61);
  EXPECT_EQ(c.heads, 128);
  EXPECT_EQ(c.headDim, 512);
  EXPECT_EQ(c.ropeDims, 64);
  EXPECT_EQ(c.qLoraRank, 1536);
  EXPECT_EQ(c.outputGroups, 16);
  EXPECT_EQ(c.outputLoraRank, 1024);
  EXPECT_EQ(c.window, 128);
  EXPECT_EQ(c.indexHeads, 64);
  EXPECT_EQ(c.indexHeadDim, 128);
  EXPECT_EQ(c.indexTopk, 1024);
  EXPECT_EQ(c.experts, 384);
  EXPECT_EQ(c.expertsPerToken, 6);
  EXPECT_EQ(c.expertSize, 3072);
  EXPECT_EQ(c.hashLayers, 3);
  EXPECT_EQ(c.streams, 4);
  EXPECT_EQ(c.hcRows(), 24);
  EXPECT_EQ(c.sinkhornIterations, 20);
  EXPECT_EQ(c.maxPositions, 1048576);
  EXPECT_EQ(c.hcEps, 1e-6);
  EXPECT_EQ(c.normEps, 1e-6);
  EXPECT_EQ(c.ropeTheta, 10000);
  EXPECT_EQ(c.compressRopeTheta, 160000);
  EXPECT_EQ(c.ropeScaling.factor, 16);
  EXPECT_EQ(c.ropeScaling.originalContext, 65536);
  EXPECT_EQ(c.routedScaling, 2.5);
  EXPECT_EQ(c.swigluLimit, 10);
  EXPECT_EQ(c.scoring, "sqrtsoftplus");
  EXPECT_EQ(c.ratios.size(), 61u); // the MTP layer's is left out
  EXPECT_EQ(c.ratios[0], 128);
  EXPECT_TRUE(c.hasIndexer(60));
  EXPECT_FALSE(c.hasIndexer(1));
  EXPECT_EQ(c.bosToken, 0);
  EXPECT_EQ(c.eosToken, 1);
  EXPECT_TRUE(c.quantized);
  EXPECT_EQ(c.expertDtype, "fp4");
}

TEST(ImportConfig, TakesWhatIsOptional) {
  ModelConfig c = goodConfig(configText("micro-f32", [](Object &o) {
    for (const char *name :
         {"swiglu_limit", "bos_token_id", "n_shared_experts", "attention_bias", "hidden_act",
          "tie_word_embeddings", "num_key_value_heads", "num_nextn_predict_layers"})
      o.erase(name);
    o["rope_scaling"] = nullptr;
    o["eos_token_id"] = Array{5, 6};
    o["something_new"] = Object{{"deep", Array{1, 2}}};
    o["compress_ratios"] = Array{0, 4, 7, 4, 128, 3}; // more than layers
    o["scoring_func"] = "softmax";
  }));
  EXPECT_EQ(c.swigluLimit, 0);
  EXPECT_EQ(c.bosToken, -1);
  EXPECT_EQ(c.eosToken, 5);
  EXPECT_EQ(c.ropeScaling.factor, 1);
  EXPECT_EQ(c.scoring, "softmax");
  EXPECT_EQ(c.ratios, (llvm::SmallVector<int64_t>{0, 4, 7, 4}));
  EXPECT_TRUE(c.hasCompressor(2));
  EXPECT_FALSE(c.hasIndexer(2));
}

TEST(ImportConfig, NeedsIndexerAndCompressorFieldsOnlyWhereUsed) {
  goodConfig(configText("micro-f32", [](Object &o) {
    for (const char *name :
         {"index_n_heads", "index_head_dim", "index_topk", "compress_rope_theta", "rope_scaling"})
      o.erase(name);
    o["compress_ratios"] = Array{0, 0, 0, 0};
  }));
}

TEST(ImportConfig, TakesTheOtherKeyOfRopeScaling) {
  ModelConfig c = goodConfig(configText("micro-f32", [](Object &o) {
    Object &scaling = *o.getObject("rope_scaling");
    scaling.erase("type");
    scaling["rope_type"] = "yarn";
  }));
  EXPECT_EQ(c.ropeScaling.factor, 16);
}

struct BadField {
  const char *name;
  llvm::json::Value value;
  const char *error;
};

TEST(ImportConfig, RefusesBadFields) {
  const BadField fields[] = {
      {"model_type", "llama", "'model_type' is \"llama\", but must be \"deepseek_v4\""},
      {"model_type", "two\nlines", "'model_type' is \"two\\nlines\", but must be \"deepseek_v4\""},
      {"hidden_size", nullptr, "'hidden_size' is null"},
      {"hidden_size", "64", "'hidden_size' is \"64\", but a whole number is wanted"},
      {"hidden_size", 64.5, "'hidden_size' is 64.5, but a whole number is wanted"},
      {"hidden_size", Array{64}, "'hidden_size' is an array, but a whole number is wanted"},
      {"hidden_size", 0, "'hidden_size' is 0, but must be at least 1"},
      {"hidden_size", 2147483648, "'hidden_size' is 2147483648, but may be at most 2147483647"},
      {"hidden_size", 1 << 30, "'hc_mult' times 'hidden_size' is 4294967296, but may be at most 2147483647"},
      {"num_hidden_layers", -1, "'num_hidden_layers' is -1, but must be at least 1"},
      {"num_hidden_layers", 5, "'compress_ratios' has 4 entries for 5 layers"},
      {"compress_ratios", 4, "'compress_ratios' is 4, but an array is wanted"},
      {"compress_ratios", Array{0, 4, "x", 4}, "'compress_ratios[2]' is \"x\", but a whole number is wanted"},
      {"compress_ratios", Array{0, -4, 128, 4},
       "'compress_ratios[1]' is -4, but a ratio is 0 or from 2 to 65536"},
      {"compress_ratios", Array{0, 4, 1, 4},
       "'compress_ratios[2]' is 1, but a ratio is 0 or from 2 to 65536"},
      {"compress_ratios", Array{0, 4, 1000000, 4},
       "'compress_ratios[2]' is 1000000, but a ratio is 0 or from 2 to 65536"},
      {"o_groups", 3, "'num_attention_heads' is 2, which 'o_groups' of 3 does not divide"},
      {"qk_rope_head_dim", 7, "'qk_rope_head_dim' is 7, but must be even"},
      {"head_dim", 4, "'qk_rope_head_dim' is 8, more than 'head_dim' of 4"},
      {"index_head_dim", 4, "'index_head_dim' is 4, but must hold the 8 dimensions of 'qk_rope_head_dim'"},
      {"index_topk", 0, "'index_topk' is 0, but must be at least 1"},
      {"num_experts_per_tok", 9, "'num_experts_per_tok' is 9, more than 'n_routed_experts' of 8"},
      {"n_routed_experts", 70000, "'n_routed_experts' is 70000, but may be at most 65536"},
      {"num_hash_layers", -1, "'num_hash_layers' is -1, but must be at least 0"},
      {"scoring_func", "relu",
       "'scoring_func' is \"relu\", but must be \"sqrtsoftplus\", \"sigmoid\" or \"softmax\""},
      {"rms_norm_eps", 0, "'rms_norm_eps' is 0, but must be more than 0"},
      {"hc_eps", -1e-6, "'hc_eps' is -1e-06, but must be at least 0"},
      {"hc_sinkhorn_iters", 0, "'hc_sinkhorn_iters' is 0, but must be at least 1"},
      {"swiglu_limit", -2, "'swiglu_limit' is -2, but must be at least 0"},
      {"rope_theta", true, "'rope_theta' is true, but a number is wanted"},
      {"rope_theta", 1, "'rope_theta' is 1, but must be more than 1"},
      {"rope_scaling", "yarn", "'rope_scaling' is \"yarn\", but an object or null is wanted"},
      {"rope_scaling", Object{}, "'rope_scaling.type' is missing"},
      {"rope_scaling", Object{{"type", "linear"}}, "'rope_scaling.type' is \"linear\", but must be \"yarn\""},
      {"rope_scaling", Object{{"rope_type", "yarn"}}, "'rope_scaling.factor' is missing"},
      {"rope_scaling", Object{{"type", "yarn"}, {"factor", 0.5}, {"original_max_position_embeddings", 8}},
       "'rope_scaling.factor' is 0.5, but must be at least 1"},
      {"rope_scaling", Object{{"type", "yarn"}, {"factor", 2}},
       "'rope_scaling.original_max_position_embeddings' is missing"},
      {"n_shared_experts", 2, "'n_shared_experts' is 2, but must be 1: the layout names one shared expert"},
      {"num_key_value_heads", 8,
       "'num_key_value_heads' is 8, but must be 1: all heads share one key, which is the value too"},
      {"attention_bias", true, "'attention_bias' is true, but must be false: the layout has no biases"},
      {"hidden_act", "gelu", "'hidden_act' is \"gelu\", but must be \"silu\": experts are gated with silu"},
      {"tie_word_embeddings", true,
       "'tie_word_embeddings' is true, but must be false: head.weight is a tensor of its own"},
      {"eos_token_id", 257, "'eos_token_id' is 257, but may be at most 256"},
      {"quantization_config", Object{{"quant_method", "awq"}},
       "'quantization_config.quant_method' is \"awq\", but must be \"fp8\": no other storage is known"},
      {"quantization_config", Object{{"weight_block_size", Array{128}}},
       "'quantization_config.weight_block_size' has 1 entries, but must have 2"},
      {"quantization_config", Object{{"weight_block_size", Array{128, 0}}},
       "'quantization_config.weight_block_size[1]' is 0, but must be at least 1"},
  };
  for (const BadField &field : fields)
    EXPECT_EQ(configError(configText("micro-f32", [&](Object &o) { o[field.name] = field.value; })),
              std::string("config.json: ") + field.error);
}

TEST(ImportConfig, RefusesCompressorsInMtpLayers) {
  std::string text =
      configText("micro-odd", [](Object &o) { o["compress_ratios"] = Array{128, 4, 0, 4, 128, 4}; });
  EXPECT_EQ(configError(text), "config.json: 'compress_ratios[5]' is 4, but an MTP layer has no compressor");
}

TEST(ImportConfig, NamesEachMissingField) {
  for (const char *name : {"model_type",
                           "vocab_size",
                           "hidden_size",
                           "num_hidden_layers",
                           "num_attention_heads",
                           "head_dim",
                           "qk_rope_head_dim",
                           "q_lora_rank",
                           "o_groups",
                           "o_lora_rank",
                           "sliding_window",
                           "compress_ratios",
                           "index_n_heads",
                           "index_head_dim",
                           "index_topk",
                           "n_routed_experts",
                           "num_experts_per_tok",
                           "moe_intermediate_size",
                           "num_hash_layers",
                           "hc_mult",
                           "hc_sinkhorn_iters",
                           "hc_eps",
                           "rms_norm_eps",
                           "max_position_embeddings",
                           "rope_theta",
                           "compress_rope_theta",
                           "routed_scaling_factor",
                           "scoring_func"})
    EXPECT_EQ(configError(configText("micro-f32", [&](Object &o) { o.erase(name); })),
              std::string("config.json: '") + name + "' is missing");
}

TEST(ImportConfig, RefusesWhatIsNoObject) {
  EXPECT_EQ(configError("[1, 2]"), "config.json is an array, but must be an object");
  EXPECT_EQ(configError(std::string(100000, '[')), "config.json nests more than 64 levels deep");
  for (const char *text : {"", "{", "nonsense", "{\"hidden_size\": 64,}", "{\"a\": \"\xff\"}"})
    EXPECT_EQ(configError(text).rfind("config.json is not JSON: ", 0), 0u) << configError(text);
}

} // namespace
} // namespace v4test

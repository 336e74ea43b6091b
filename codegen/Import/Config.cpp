#include "codegen/Import/Config.h"

#include "codegen/Import/JsonFields.h"

namespace mlir::v4 {

using llvm::StringRef;
using llvm::Twine;
namespace json = llvm::json;

namespace {

constexpr int64_t kMaxLayers = 4096;
constexpr int64_t kMaxExperts = 65536;
constexpr int64_t kMaxRatio = 65536;

// llvm::json::parse descends by calling itself, so a file of nothing but brackets would exhaust the stack.
bool nestsDeeper(StringRef text, int limit) {
  int depth = 0;
  bool inString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (inString) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        inString = false;
    } else if (c == '"') {
      inString = true;
    } else if (c == '{' || c == '[') {
      if (++depth > limit)
        return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

// Fields that name a variant which this compiler does not have.
void readFixedFields(JsonFields &fields) {
  std::string type = fields.string("model_type");
  if (fields.ok() && type != "deepseek_v4")
    fields.fail("'model_type' is " + describeJson(type) + ", but must be \"deepseek_v4\"");
  fields.mustBe("num_key_value_heads", 1, "all heads share one key, which is the value too");
  fields.mustBe("n_shared_experts", 1, "the layout names one shared expert");
  fields.mustBe("attention_bias", false, "the layout has no biases");
  fields.mustBe("hidden_act", "silu", "experts are gated with silu");
  fields.mustBe("tie_word_embeddings", false, "head.weight is a tensor of its own");
}

void readSizes(JsonFields &fields, ModelConfig &c) {
  c.vocabSize = fields.integer("vocab_size", 1);
  c.hiddenSize = fields.integer("hidden_size", 1);
  c.layers = fields.integer("num_hidden_layers", 1, kMaxLayers);
  c.heads = fields.integer("num_attention_heads", 1);
  c.headDim = fields.integer("head_dim", 1);
  c.ropeDims = fields.integer("qk_rope_head_dim", 2);
  c.qLoraRank = fields.integer("q_lora_rank", 1);
  c.outputGroups = fields.integer("o_groups", 1);
  c.outputLoraRank = fields.integer("o_lora_rank", 1);
  c.window = fields.integer("sliding_window", 1);
  c.experts = fields.integer("n_routed_experts", 1, kMaxExperts);
  c.expertsPerToken = fields.integer("num_experts_per_tok", 1);
  c.expertSize = fields.integer("moe_intermediate_size", 1);
  c.hashLayers = fields.integer("num_hash_layers", 0);
  c.streams = fields.integer("hc_mult", 1);
  c.sinkhornIterations = fields.integer("hc_sinkhorn_iters", 1);
  c.maxPositions = fields.integer("max_position_embeddings", 1);
  c.hcEps = fields.number("hc_eps", 0, /*open=*/false);
  c.normEps = fields.number("rms_norm_eps", 0, /*open=*/true);
  c.routedScaling = fields.number("routed_scaling_factor", 0, /*open=*/true);
  c.swigluLimit = fields.numberOr("swiglu_limit", 0, 0, /*open=*/false);
}

// One entry a layer; those behind belong to MTP layers.
void readRatios(JsonFields &fields, ModelConfig &c) {
  const json::Array *ratios = fields.array("compress_ratios");
  if (!ratios)
    return;
  if (ratios->size() < static_cast<size_t>(c.layers))
    return fields.fail("'compress_ratios' has " + Twine(ratios->size()) + " entries for " + Twine(c.layers) +
                       " layers");
  for (size_t i = 0; i < ratios->size() && fields.ok(); ++i) {
    std::string name = fields.quoted("compress_ratios[" + Twine(i) + "]");
    int64_t ratio = fields.checkInteger(name, (*ratios)[i], INT64_MIN, INT64_MAX);
    if (ratio < 0 || ratio == 1 || ratio > kMaxRatio)
      fields.fail(name + " is " + Twine(ratio) + ", but a ratio is 0 or from 2 to " + Twine(kMaxRatio));
    if (i < static_cast<size_t>(c.layers))
      c.ratios.push_back(ratio);
    else if (ratio != 0 &&
             i < static_cast<size_t>(c.layers + fields.integerOr("num_nextn_predict_layers", 0, 0)))
      fields.fail(name + " is " + Twine(ratio) + ", but an MTP layer has no compressor");
  }
}

void readIndexer(JsonFields &fields, ModelConfig &c) {
  if (!llvm::is_contained(c.ratios, 4))
    return;
  c.indexHeads = fields.integer("index_n_heads", 1);
  c.indexHeadDim = fields.integer("index_head_dim", 1);
  c.indexTopk = fields.integer("index_topk", 1);
  if (c.indexHeadDim < c.ropeDims)
    fields.fail("'index_head_dim' is " + Twine(c.indexHeadDim) + ", but must hold the " + Twine(c.ropeDims) +
                " dimensions of 'qk_rope_head_dim'");
}

void readRope(JsonFields &fields, std::string &error, ModelConfig &c) {
  c.ropeTheta = fields.number("rope_theta", 1, /*open=*/true);
  if (llvm::all_of(c.ratios, [](int64_t ratio) { return ratio == 0; }))
    return;
  c.compressRopeTheta = fields.number("compress_rope_theta", 1, /*open=*/true);
  const json::Value *scaling = fields.find("rope_scaling");
  if (!scaling)
    return;
  const json::Object *entries = scaling->getAsObject();
  if (!entries)
    return fields.fail("'rope_scaling' is " + describeJson(*scaling) + ", but an object or null is wanted");
  JsonFields inner(*entries, "rope_scaling.", error);
  StringRef key = inner.find("type") ? "type" : "rope_type";
  if (!inner.find(key))
    return inner.fail("'rope_scaling.type' is missing");
  std::string type = inner.string(key);
  if (inner.ok() && type != "yarn")
    inner.fail(inner.quoted(key) + " is " + describeJson(type) + ", but must be \"yarn\"");
  c.ropeScaling.factor = inner.number("factor", 1, /*open=*/false);
  c.ropeScaling.betaFast = inner.numberOr("beta_fast", 32, 0, /*open=*/true);
  c.ropeScaling.betaSlow = inner.numberOr("beta_slow", 1, 0, /*open=*/true);
  c.ropeScaling.originalContext = inner.integer("original_max_position_embeddings", 1);
}

void readStorage(JsonFields &fields, std::string &error, ModelConfig &c) {
  if (fields.find("torch_dtype"))
    c.plainFloat32 = fields.string("torch_dtype") == "float32";
  if (fields.find("expert_dtype"))
    c.expertDtype = fields.string("expert_dtype");
  const json::Value *value = fields.find("quantization_config");
  if (!value)
    return;
  const json::Object *entries = value->getAsObject();
  if (!entries)
    return fields.fail("'quantization_config' is " + describeJson(*value) + ", but an object is wanted");
  c.quantized = true;
  JsonFields inner(*entries, "quantization_config.", error);
  inner.mustBe("quant_method", "fp8", "no other storage is known");
  inner.mustBe("fmt", "e4m3", "no other storage is known");
  if (!inner.find("weight_block_size"))
    return;
  const json::Array *block = inner.array("weight_block_size");
  if (!block)
    return;
  if (block->size() != 2)
    return inner.fail("'quantization_config.weight_block_size' has " + Twine(block->size()) +
                      " entries, but must have 2");
  for (int i = 0; i < 2; ++i)
    c.scaleBlock[i] =
        inner.checkInteger(inner.quoted("weight_block_size[" + Twine(i) + "]"), (*block)[i], 1, INT32_MAX);
}

// Published configs give one id, others a list of ids that end a text; the first counts.
int64_t readToken(JsonFields &fields, StringRef name, int64_t vocabulary) {
  const json::Value *value = fields.find(name);
  if (!value)
    return -1;
  if (const json::Array *list = value->getAsArray(); list && !list->empty())
    value = &list->front();
  return fields.checkInteger(fields.quoted(name), *value, 0, vocabulary - 1);
}

void checkProduct(JsonFields &fields, StringRef a, int64_t x, StringRef b, int64_t y) {
  if (x > INT32_MAX / y)
    fields.fail("'" + a + "' times '" + b + "' is " + Twine(x * y) + ", but may be at most " +
                Twine(int64_t(INT32_MAX)));
}

void checkTogether(JsonFields &fields, const ModelConfig &c) {
  if (!fields.ok())
    return;
  if (c.heads % c.outputGroups != 0)
    fields.fail("'num_attention_heads' is " + Twine(c.heads) + ", which 'o_groups' of " +
                Twine(c.outputGroups) + " does not divide");
  if (c.ropeDims % 2 != 0)
    fields.fail("'qk_rope_head_dim' is " + Twine(c.ropeDims) + ", but must be even");
  if (c.ropeDims > c.headDim)
    fields.fail("'qk_rope_head_dim' is " + Twine(c.ropeDims) + ", more than 'head_dim' of " +
                Twine(c.headDim));
  if (c.expertsPerToken > c.experts)
    fields.fail("'num_experts_per_tok' is " + Twine(c.expertsPerToken) +
                ", more than 'n_routed_experts' of " + Twine(c.experts));
  checkProduct(fields, "num_attention_heads", c.heads, "head_dim", c.headDim);
  checkProduct(fields, "o_groups", c.outputGroups, "o_lora_rank", c.outputLoraRank);
  checkProduct(fields, "hc_mult", c.streams, "hidden_size", c.hiddenSize);
  checkProduct(fields, "hc_mult", c.streams, "hc_mult + 2", c.streams + 2);
  if (c.indexHeads)
    checkProduct(fields, "index_n_heads", c.indexHeads, "index_head_dim", c.indexHeadDim);
}

void readScoring(JsonFields &fields, ModelConfig &c) {
  c.scoring = fields.string("scoring_func");
  if (fields.ok() && c.scoring != "sqrtsoftplus" && c.scoring != "sigmoid" && c.scoring != "softmax")
    fields.fail("'scoring_func' is " + describeJson(c.scoring) +
                ", but must be \"sqrtsoftplus\", \"sigmoid\" or \"softmax\"");
}

} // namespace

bool parseConfig(StringRef text, ModelConfig &config, std::string &error) {
  error.clear();
  if (nestsDeeper(text, 64)) {
    error = "config.json nests more than 64 levels deep";
    return false;
  }
  llvm::Expected<json::Value> root = json::parse(text);
  if (!root) {
    error = "config.json is not JSON: " + llvm::toString(root.takeError());
    return false;
  }
  const json::Object *object = root->getAsObject();
  if (!object) {
    error = "config.json is " + describeJson(*root) + ", but must be an object";
    return false;
  }
  config = ModelConfig();
  JsonFields fields(*object, "", error);
  readFixedFields(fields);
  readSizes(fields, config);
  readScoring(fields, config);
  if (fields.ok())
    readRatios(fields, config);
  if (fields.ok()) {
    readIndexer(fields, config);
    readRope(fields, error, config);
    readStorage(fields, error, config);
    config.bosToken = readToken(fields, "bos_token_id", config.vocabSize);
    config.eosToken = readToken(fields, "eos_token_id", config.vocabSize);
  }
  checkTogether(fields, config);
  return fields.ok();
}

} // namespace mlir::v4

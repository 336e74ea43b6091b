// The imported module: it verifies, and is made of the ops that the config calls for.
#include "dialects/V4/IR/V4Dialect.h"
#include "test/Support/Scratch.h"
#include "test/Unit/ImportSupport.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringSet.h"
#include <gtest/gtest.h>
#include <map>

namespace v4test {
namespace {

using namespace mlir;
using namespace mlir::v4;
using v4::ImportOptions;

class ImportModel : public ::testing::Test {
protected:
  static ImportOptions inHf() {
    ImportOptions options;
    options.numerics = "hf";
    return options;
  }

  OwningOpRef<ModuleOp> import(const v4rt::checkpoint::Checkpoint &checkpoint,
                               const ImportOptions &options = inHf()) {
    std::string error;
    auto module = importModel(context, checkpoint, options, error, &notes);
    EXPECT_EQ(error, "");
    if (failed(module))
      return {};
    EXPECT_TRUE(succeeded(verify(**module)));
    return std::move(*module);
  }

  OwningOpRef<ModuleOp> import(const std::string &fixture, const ImportOptions &options = inHf()) {
    return import(*openCheckpoint(data(fixture)), options);
  }

  std::string refusal(const std::string &fixture, const ImportOptions &options) {
    std::string error;
    EXPECT_TRUE(failed(importModel(context, *openCheckpoint(data(fixture)), options, error)));
    return error;
  }

  static std::map<std::string, int> count(ModuleOp module) {
    std::map<std::string, int> counts;
    module.walk([&](Operation *op) { ++counts[op->getName().getStringRef().str()]; });
    return counts;
  }

  // The only op of this type at this place.
  template <typename OpTy> static OpTy at(ModuleOp module, StringRef name) {
    OpTy found;
    module.walk([&](OpTy op) {
      auto loc = dyn_cast<NameLoc>(op->getLoc());
      if (!loc || loc.getName() != name)
        return;
      EXPECT_FALSE(found) << name.str() << " is there twice";
      found = op;
    });
    EXPECT_TRUE(found) << name.str() << " is not there";
    return found;
  }

  template <typename OpTy> static std::string typeAt(ModuleOp module, StringRef name) {
    std::string text;
    llvm::raw_string_ostream(text) << at<OpTy>(module, name)->getResult(0).getType();
    return text;
  }

  // What does not depend on the schedule of ratios.
  static void expectLayers(ModuleOp module, int layers, int hashed) {
    auto counts = count(module);
    EXPECT_EQ(counts["v4.hc_pre"], 2 * layers);
    EXPECT_EQ(counts["v4.hc_post"], 2 * layers);
    EXPECT_EQ(counts["v4.route"], layers - hashed);
    EXPECT_EQ(counts["v4.hash_route"], hashed);
    EXPECT_EQ(counts["v4.experts"], layers);
    EXPECT_EQ(counts["v4.shared_expert"], layers);
    EXPECT_EQ(counts["v4.grouped_linear"], layers);
    EXPECT_EQ(counts["v4.hc_head"], 1);
    EXPECT_EQ(counts["v4.embed"], 1);
  }

  static void expectAttention(ModuleOp module, int window, int csa, int hca) {
    auto counts = count(module);
    EXPECT_EQ(counts["v4.window_attention"], window);
    EXPECT_EQ(counts["v4.csa_attention"], csa);
    EXPECT_EQ(counts["v4.hca_attention"], hca);
    EXPECT_EQ(counts["v4.index_topk"], csa);
    EXPECT_EQ(counts["v4.compress"], 2 * csa + hca);
    EXPECT_EQ(counts["v4.entry_write"], 2 * csa + hca);
    EXPECT_EQ(counts["v4.ring_write"], window + 5 * csa + 3 * hca);
    EXPECT_EQ(counts["v4.state"], window + 7 * csa + 4 * hca);
    EXPECT_EQ(counts["v4.linear"], 5 * (window + csa + hca) + 6 * csa + 2 * hca + 1);
  }

  MLIRContext context;
  std::vector<std::string> notes;
};

TEST_F(ImportModel, MicroF32) {
  auto module = import("micro-f32");
  ASSERT_TRUE(module);
  expectLayers(*module, 4, 1);
  expectAttention(*module, 1, 2, 1);
  EXPECT_EQ(count(*module)["v4.rope_table"], 4); // plain, compressed, entries of 4, entries of 128
  EXPECT_TRUE(notes.empty());

  EXPECT_EQ(typeAt<RopeOp>(*module, "layers.1.attn.q"), "tensor<?x2x32xf32>");
  EXPECT_EQ(typeAt<RopeOp>(*module, "layers.1.attn.kv"), "tensor<?x32xf32>");
  EXPECT_EQ(typeAt<RopeOp>(*module, "layers.1.attn.indexer.q"), "tensor<?x8x16xf32>");
  EXPECT_EQ(typeAt<IndexScoresOp>(*module, "layers.1.attn.indexer.scores"), "tensor<?x2048xf32>");
  EXPECT_EQ(typeAt<IndexTopkOp>(*module, "layers.1.attn.indexer.topk"), "tensor<?x8xi32>");
  EXPECT_EQ(typeAt<GroupHeadsOp>(*module, "layers.1.attn.o_grouped"), "tensor<?x2x32xf32>");
  EXPECT_EQ(typeAt<LinearOp>(*module, "logits"), "tensor<?x257xf32>");
  EXPECT_EQ(typeAt<StateOp>(*module, "layers.0.attn.window"), "!v4.ring<160, 32, f32>");
  EXPECT_EQ(typeAt<StateOp>(*module, "layers.1.attn.compressor.values"), "!v4.ring<136, 64, f32>");
  EXPECT_EQ(typeAt<StateOp>(*module, "layers.2.attn.compressor.gates"), "!v4.ring<256, 32, f32>");
  EXPECT_EQ(typeAt<StateOp>(*module, "layers.2.attn.compressor.entries"), "!v4.entries<64, 32, f32>");
  EXPECT_EQ(typeAt<StateOp>(*module, "layers.3.attn.indexer.entries"), "!v4.entries<2048, 16, f32>");
  EXPECT_EQ(typeAt<WeightOp>(*module, "layers.3.ffn.experts.{e}.w2.weight"), "!v4.weight<8x64x32xf32>");

  auto compress = at<CompressOp>(*module, "layers.1.attn.indexer.pooled");
  EXPECT_TRUE(compress.getOverlap());
  EXPECT_EQ(compress.getRatio(), 4u);
  EXPECT_FALSE(at<CompressOp>(*module, "layers.2.attn.compressor.pooled").getOverlap());
  auto table = at<RopeTableOp>(*module, "rope.entries128");
  EXPECT_EQ(static_cast<int64_t>(table.getOffset()), -127);
  EXPECT_EQ(table.getRope().getTheta().getValueAsDouble(), 160000);
  EXPECT_EQ(at<RopeTableOp>(*module, "rope.main").getRope().getFactor().getValueAsDouble(), 1);
  // Uncompressed layers turn by the plain table, compressed ones by the other.
  EXPECT_EQ(at<RopeOp>(*module, "layers.0.attn.kv").getCos().getLoc(),
            at<RopeTableOp>(*module, "rope.main").getLoc());
  EXPECT_EQ(at<RopeOp>(*module, "layers.2.attn.kv").getCos().getLoc(),
            at<RopeTableOp>(*module, "rope.compress").getLoc());
  EXPECT_EQ(at<RopeOp>(*module, "layers.2.attn.compressor.entry").getCos(), table.getCos());
}

TEST_F(ImportModel, DescribesTheModel) {
  auto module = import("micro-f32");
  auto model = (*module)->getAttrOfType<DictionaryAttr>("v4.model");
  ASSERT_TRUE(model);
  auto integer = [&](StringRef name) { return model.getAs<IntegerAttr>(name).getInt(); };
  EXPECT_EQ(model.getAs<StringAttr>("architecture").getValue(), "deepseek_v4");
  EXPECT_EQ(model.getAs<StringAttr>("numerics").getValue(), "hf");
  EXPECT_EQ(model.getAs<StringAttr>("config").getValue(), readFile(data("micro-f32/config.json")));
  EXPECT_EQ(integer("layers"), 4);
  EXPECT_EQ(integer("hidden_size"), 64);
  EXPECT_EQ(integer("vocab_size"), 257);
  EXPECT_EQ(integer("max_context"), 8192);
  EXPECT_EQ(integer("max_step_tokens"), 128);
  EXPECT_EQ(integer("window"), 32);
  EXPECT_EQ(integer("bos"), 0);
  EXPECT_EQ(integer("eos"), 1);
  EXPECT_EQ(model.getAs<DenseI64ArrayAttr>("ratios").asArrayRef(), (ArrayRef<int64_t>{0, 4, 128, 4}));
}

TEST_F(ImportModel, MicroOddLeavesMtpOut) {
  auto module = import("micro-odd");
  ASSERT_TRUE(module);
  expectLayers(*module, 5, 2);
  expectAttention(*module, 1, 2, 2);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_NE(notes[0].find("mtp tensors are left out"), std::string::npos);
}

TEST_F(ImportModel, QuantisedFixtures) {
  auto micro = import("micro-fp8fp4");
  ASSERT_TRUE(micro);
  expectAttention(*micro, 1, 2, 1);
  EXPECT_EQ(typeAt<WeightOp>(*micro, "layers.0.attn.wq_a.weight"),
            "!v4.weight<136x288xf8E4M3FN, scale f8E8M0FNU by 128x128>");
  EXPECT_EQ(typeAt<WeightOp>(*micro, "layers.0.ffn.experts.{e}.w2.weight"),
            "!v4.weight<6x288x160xf4E2M1FN, scale f8E8M0FNU by 1x32>");
  auto chat = import("tiny-chat-fp8fp4");
  ASSERT_TRUE(chat);
  expectLayers(*chat, 6, 1);
  expectAttention(*chat, 1, 3, 2);
}

TEST_F(ImportModel, PublishedSizesWithoutWeights) {
  auto flash = import("configs/deepseek-v4-flash");
  ASSERT_TRUE(flash);
  expectLayers(*flash, 43, 3);
  expectAttention(*flash, 2, 21, 20);
  auto pro = import("configs/deepseek-v4-pro");
  ASSERT_TRUE(pro);
  expectLayers(*pro, 61, 3);
  expectAttention(*pro, 0, 30, 31);
  EXPECT_EQ(count(*pro)["v4.rope_table"], 3); // no layer without a compressor
}

// Every result has a name of its own outside.
TEST_F(ImportModel, PlacesAreUnique) {
  auto module = import("micro-odd");
  llvm::StringSet<> places;
  module->walk([&](ComputeOpInterface op) {
    if (op->getNumResults() == 0)
      return;
    auto loc = dyn_cast<NameLoc>(op->getLoc());
    ASSERT_TRUE(loc);
    EXPECT_TRUE(places.insert(loc.getName()).second) << loc.getName().str();
  });
  for (const char *name :
       {"layers.0.hc_attn", "layers.0.attn.input", "layers.0.attn.q_lora", "layers.0.attn.core_out",
        "layers.0.attn.o_lora", "layers.0.attn.out", "layers.0.streams_mid", "layers.0.hc_ffn",
        "layers.0.ffn.input", "layers.0.ffn.gate.logits", "layers.0.ffn.gate", "layers.0.ffn.routed_out",
        "layers.0.ffn.shared_out", "layers.0.ffn.out", "layers.4.streams_out",
        "layers.1.attn.indexer.weights", "hc_head.out", "norm.out", "logits"})
    EXPECT_TRUE(places.contains(name)) << name;
}

// A dumped module compiles on: names of places included.
TEST_F(ImportModel, SurvivesPrinting) {
  auto print = [](ModuleOp module) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    module.print(stream, OpPrintingFlags().enableDebugInfo());
    return text;
  };
  auto module = import("micro-fp8fp4");
  ASSERT_TRUE(module);
  std::string text = print(*module);
  auto parsed = parseSourceString<ModuleOp>(text, &context);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(print(*parsed), text);
}

TEST_F(ImportModel, OptionsSizeTheStates) {
  ImportOptions options = inHf();
  options.maxContext = 100; // less than a block of 128
  options.maxStepTokens = 8;
  auto module = import("micro-f32", options);
  ASSERT_TRUE(module);
  EXPECT_EQ(typeAt<StateOp>(*module, "layers.0.attn.window"), "!v4.ring<40, 32, f32>");
  EXPECT_EQ(typeAt<StateOp>(*module, "layers.1.attn.compressor.entries"), "!v4.entries<25, 32, f32>");
  EXPECT_EQ(typeAt<StateOp>(*module, "layers.2.attn.compressor.entries"), "!v4.entries<1, 32, f32>");
  EXPECT_EQ(typeAt<IndexScoresOp>(*module, "layers.1.attn.indexer.scores"), "tensor<?x25xf32>");
  options.maxContext = 20;
  auto small = import("micro-f32", options);
  EXPECT_EQ(typeAt<IndexTopkOp>(*small, "layers.1.attn.indexer.topk"), "tensor<?x5xi32>");
}

// The published roundings are types and ops.
TEST_F(ImportModel, ReferenceNumerics) {
  auto module = import("micro-fp8fp4", ImportOptions());
  ASSERT_TRUE(module);
  EXPECT_EQ((*module)->getAttrOfType<DictionaryAttr>("v4.model").getAs<StringAttr>("numerics").getValue(),
            "reference");
  EXPECT_EQ(typeAt<HcPostOp>(*module, "layers.0.streams_mid"), "tensor<?x4x288xbf16>");
  EXPECT_EQ(typeAt<FakeQuantiseOp>(*module, "layers.0.attn.kv"), "tensor<?x80xbf16>");
  EXPECT_EQ(typeAt<FakeQuantiseOp>(*module, "layers.0.attn.input.q8"), "tensor<?x288xf32>");
  EXPECT_EQ(typeAt<FakeQuantiseOp>(*module, "layers.1.attn.indexer.q"), "tensor<?x8x32xbf16>");
  EXPECT_EQ(typeAt<HadamardOp>(*module, "layers.1.attn.indexer.entry_hadamard"), "tensor<?x32xbf16>");
  EXPECT_EQ(typeAt<LinearOp>(*module, "logits"), "tensor<?x320xf32>");
}

// A checkpoint that stores no weight in a quantised format quantises no input of one either.
TEST_F(ImportModel, PlainWeightsTakePlainInputs) {
  ImportOptions options;
  options.numericsOptions = {"kv_quant=none", "indexer=bf16"};
  auto module = import("micro-f32", options);
  ASSERT_TRUE(module);
  EXPECT_EQ(count(*module)["v4.fake_quantise"], 0);
  EXPECT_EQ(count(*module)["v4.hadamard"], 0);
  EXPECT_EQ((*module)->getAttrOfType<DictionaryAttr>("v4.model").getAs<StringAttr>("numerics").getValue(),
            "reference, indexer=bf16, kv_quant=none");
}

TEST_F(ImportModel, RefusesBadOptions) {
  ImportOptions options;
  EXPECT_EQ(refusal("micro-odd", options), "config.json's 'index_head_dim' is 24, but the indexer's rotation "
                                           "takes a power of two; --set indexer=bf16 "
                                           "or --numerics hf goes without");
  options.numerics = "exact";
  EXPECT_EQ(refusal("micro-f32", options), "there are no numerics called 'exact', only reference and hf");
  options = ImportOptions();
  options.numericsOptions = {"kv=none"};
  EXPECT_EQ(refusal("micro-f32", options), "there is no numerics option 'kv', only act_quant, kv_quant, "
                                           "indexer, index_score, wo_a, compressor, router, "
                                           "expert_weight, q_norm, rope_table, mhc, activations");
  options.numericsOptions = {"kv_quant=fp4"};
  EXPECT_EQ(refusal("micro-f32", options),
            "numerics option 'kv_quant' is set to 'fp4', but one of 'fp8_64 none' is wanted");
  options = ImportOptions();
  options.maxContext = 5000;
  EXPECT_EQ(refusal("tiny-chat-fp8fp4", options),
            "a context of 5000 tokens is wanted, but config.json's 'max_position_embeddings' is 4096");
  options.maxContext = -1;
  EXPECT_EQ(refusal("micro-f32", options), "a context of -1 tokens is wanted, but it must be positive");
  options = ImportOptions();
  options.maxStepTokens = 0;
  EXPECT_EQ(refusal("micro-f32", options), "steps of 0 tokens are wanted, but they have from 1 to 65536");
}

// Any ratio other than 0 and 4 pools plain blocks.
TEST_F(ImportModel, TakesOtherSchedules) {
  std::string folder = scratchFolder("other-ratios");
  writeFile(folder + "/config.json", configText("micro-f32", [](llvm::json::Object &config) {
              config["compress_ratios"] = llvm::json::Array{8, 2, 5, 8};
              config["scoring_func"] = "softmax";
              config["hc_mult"] = 3;
            }));
  auto module = import(*openCheckpoint(folder));
  ASSERT_TRUE(module);
  expectAttention(*module, 0, 0, 4);
  EXPECT_EQ(count(*module)["v4.rope_table"], 4); // 8, 2, 5 and the rows' own
  EXPECT_EQ(typeAt<HcPostOp>(*module, "layers.0.streams_mid"), "tensor<?x3x64xf32>");
}

} // namespace
} // namespace v4test

// Whole models of random configurations: a random checkpoint through importer, passes and kernels, against
// the reference executor; and the same bits however sequences are cut into steps and rows into tiles.
#include "codegen/Import/ImportModel.h"
#include "runtime/checkpoint/SafetensorsWriter.h"
#include "test/Numerics/RandomStep.h"
#include "test/Support/Scratch.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include <gtest/gtest.h>

namespace v4test {
namespace {

using namespace mlir;
using namespace mlir::v4;
using reference::Executor;
using reference::Tensor;
using v4rt::checkpoint::Checkpoint;
using v4rt::checkpoint::DType;

constexpr int64_t kSlots = 2, kContext = 48, kStepTokens = 32;
/// A model is a few dozen kernels deep, each a few float32 roundings from exact.
constexpr double kTolerance = 2e-5;

std::string drawConfig(Draw &draw) {
  int64_t streams = draw.between(1, 5), layers = draw.between(1, 3), groups = draw.between(1, 3);
  int64_t rope = 2 * draw.between(1, 8), experts = draw.size(1, 9);
  int64_t size = draw.size((2 + streams) * streams, 90), inner = draw.size(2, 70);
  llvm::json::Object config{
      {"model_type", "deepseek_v4"},
      {"attention_bias", false},
      {"hidden_act", "silu"},
      {"tie_word_embeddings", false},
      {"num_key_value_heads", 1},
      {"n_shared_experts", 1},
      {"max_position_embeddings", 4096},
      {"bos_token_id", 0},
      {"eos_token_id", 0},
      {"hc_mult", streams},
      {"hc_eps", draw.pick({1e-6, 1e-3})},
      {"hc_sinkhorn_iters", draw.between(1, 20)},
      {"rms_norm_eps", draw.pick({1e-6, 1e-3})},
      {"rope_theta", draw.pick({10000, 5000})},
      {"compress_rope_theta", draw.pick({160000, 40000})},
      {"routed_scaling_factor", draw.pick({1.0, 1.5, 2.5})},
      {"scoring_func", draw.pick({"sqrtsoftplus", "sigmoid", "softmax"})},
      {"swiglu_limit", draw.pick({0.0, 1.0, 10.0})},
      {"sliding_window", draw.size(1, 20)},
      {"vocab_size", draw.size(2, 150)},
      {"num_hidden_layers", layers},
      {"num_hash_layers", draw.between(0, layers)},
      {"num_attention_heads", groups * draw.between(1, 2)},
      {"head_dim", rope + draw.between(0, 20)},
      {"qk_rope_head_dim", rope},
      {"q_lora_rank", draw.size(4, 50)}, // the norm of a latent that cancels to nothing is all rounding
      {"o_groups", groups},
      {"o_lora_rank", draw.size(1, 40)},
      {"n_routed_experts", experts},
      {"num_experts_per_tok", draw.between(1, std::min<int64_t>(experts, 4))},
      {"index_n_heads", draw.between(1, 5)},
      {"index_head_dim", rope + draw.between(0, 9)},
      {"index_topk", draw.between(1, 7)},
  };
  llvm::json::Array ratios;
  for (int64_t layer = 0; layer < layers; ++layer)
    ratios.push_back(draw.pick({0, 4, 4, 2, 3, 8}));
  config["compress_ratios"] = std::move(ratios);
  if (draw.chance(70))
    config["rope_scaling"] = llvm::json::Object{{"type", "yarn"},
                                                {"factor", draw.pick({2, 16})},
                                                {"original_max_position_embeddings", draw.pick({32, 4096})}};
  if (draw.chance(50)) {
    config["quantization_config"] = llvm::json::Object{
        {"quant_method", "fp8"}, {"fmt", "e4m3"}, {"weight_block_size", llvm::json::Array{128, 128}}};
    bool fp4 = draw.chance(60);
    config["expert_dtype"] = fp4 ? "fp4" : "fp8";
    if (fp4) { // two codes a byte
      size += size % 2;
      inner += inner % 2;
    }
  } else {
    config["torch_dtype"] = draw.pick({"float32", "bfloat16"});
    config["expert_dtype"] = "bf16";
  }
  config["hidden_size"] = size;
  config["moe_intermediate_size"] = inner;
  return llvm::formatv("{0}", llvm::json::Value(std::move(config))).str();
}

DType storedType(Type type) {
  if (type.isF32())
    return DType::f32;
  if (type.isBF16())
    return DType::bf16;
  if (type.isInteger(64))
    return DType::i64;
  if (isa<Float8E8M0FNUType>(type))
    return DType::f8e8m0;
  return isa<Float8E4M3FNType>(type) ? DType::f8e4m3 : DType::i8;
}

class RandomModel {
public:
  explicit RandomModel(uint64_t seed) : seed(seed), draw(seed), context(MLIRContext::Threading::DISABLED) {
    loadDialects(context);
    folder = scratchFolder("random-model");
  }

  void check() {
    text = drawConfig(draw);
    config = *llvm::cantFail(llvm::json::parse(text)).getAsObject();
    weights = std::make_unique<RandomWeights>(seed, number("n_routed_experts"));
    writeFile(folder + "/config.json", text);
    import(Checkpoint::Weights::optional);
    if (module)
      writeWeights();
    if (module)
      import(Checkpoint::Weights::required);
    if (!module)
      return;
    OwningOpRef<ModuleOp> lowered = module->clone();
    auto step = lowered->lookupSymbol<func::FuncOp>("step");
    for (int64_t rows : {1, 4}) {
      func::FuncOp clone = step.clone();
      clone.setSymName("rows_" + std::to_string(rows));
      clone->setAttr("v4.row_tile", Builder(&context).getI64IntegerAttr(rows));
      lowered->push_back(clone);
    }
    step.erase();
    ASSERT_TRUE(lowerToKernels(*lowered));
    std::vector<HostVariant> variants = runnableVariants();
    kernels = KernelLibrary::compile(*lowered, variants[seed % variants.size()]);
    ASSERT_TRUE(kernels);
    run(*lowered);
  }

  std::string text;
  bool close = false;
  Comparison comparison;
  std::unique_ptr<KernelLibrary> kernels;

private:
  int64_t number(const char *name) { return *config.getInteger(name); }

  void import(Checkpoint::Weights wanted) {
    module = {};
    std::string error;
    checkpoint = Checkpoint::open(folder, wanted, error);
    ASSERT_TRUE(checkpoint) << error;
    ImportOptions options;
    options.maxContext = kContext;
    options.maxStepTokens = kStepTokens;
    options.numerics = "hf"; // with roundings a whole model is chaotic: see RandomOpsTest
    auto imported = importModel(context, *checkpoint, options, error);
    ASSERT_TRUE(succeeded(imported)) << error;
    module = std::move(*imported);
  }

  /// Stores the random bytes of every weight that the module names.
  void writeWeights() {
    std::vector<v4rt::checkpoint::TensorToWrite> tensors;
    std::set<std::string> seen;
    module->walk([&](WeightOp op) {
      WeightType type = op.getType();
      if (!seen.insert(op.getName().str()).second)
        return;
      const StoredWeight &weight = weights->get(op.getName(), type);
      bool nibbles = isa<Float4E2M1FNType>(type.getElementType());
      std::vector<int64_t> shape = type.getShape().vec();
      if (shape.size() == 3)
        shape.erase(shape.begin());
      if (nibbles)
        shape.back() = (shape.back() + 1) / 2;
      SmallVector<int64_t> blocks = type.isScaled() ? type.getScaleShape() : SmallVector<int64_t>();
      for (int64_t e = 0; e < type.getStack(); ++e) {
        std::string name = expertName(op.getName(), e);
        tensors.push_back({name, storedType(type.getElementType()), shape,
                           weight.data.data() + weight.data.size() / type.getStack() * e});
        if (type.isScaled())
          tensors.push_back({name.substr(0, name.size() - 6) + "scale", storedType(type.getScaleType()),
                             std::vector<int64_t>(blocks.begin(), blocks.end()),
                             weight.scale.data() + weight.scale.size() / type.getStack() * e});
      }
    });
    std::string error;
    EXPECT_TRUE(v4rt::checkpoint::writeSafetensors(folder + "/model.safetensors", tensors, {}, error))
        << error;
  }

  static std::string expertName(StringRef name, int64_t expert) {
    auto [before, after] = name.split("{e}");
    return before.size() == name.size() ? name.str() : before.str() + std::to_string(expert) + after.str();
  }

  /// Every row's logits by slot and position.
  using Logits = std::map<std::pair<int64_t, int64_t>, std::vector<double>>;

  void run(ModuleOp lowered) {
    std::vector<int64_t> lengths = {draw.between(1, kContext), draw.between(1, kContext)};
    std::vector<std::vector<int64_t>> tokens;
    for (int64_t length : lengths) {
      tokens.emplace_back();
      for (int64_t i = 0; i < length; ++i)
        tokens.back().push_back(draw.between(0, number("vocab_size") - 1));
    }
    reference::CheckpointWeights stored(*checkpoint);
    Executor executor(&stored);
    Logits tiled = runSteps(lowered, "rows_4", tokens, kStepTokens / kSlots, &executor);
    if (!comparison.error.empty() || close)
      return;
    for (const char *function : {"rows_1", "rows_4"})
      if (runSteps(lowered, function, tokens, draw.between(1, 5), nullptr) != tiled &&
          comparison.error.empty())
        comparison.error = std::string("other bits in other steps of @") + function;
  }

  /// Feeds both sequences in ragged steps of up to `longest` tokens each; compares with `executor`, if given.
  Logits runSteps(ModuleOp lowered, StringRef function, const std::vector<std::vector<int64_t>> &tokens,
                  int64_t longest, Executor *executor) {
    StepRunner runner(*kernels, *weights, kSlots);
    Logits logits;
    std::vector<int64_t> done(kSlots);
    while (done[0] < static_cast<int64_t>(tokens[0].size()) ||
           done[1] < static_cast<int64_t>(tokens[1].size())) {
      StepRows rows;
      for (int64_t slot : draw.distinct(kSlots, kSlots)) {
        int64_t left = static_cast<int64_t>(tokens[slot].size()) - done[slot];
        for (int64_t count = std::min(left, draw.between(0, longest)); count > 0; --count) {
          rows.logitRows.push_back(static_cast<int64_t>(rows.tokens.size()));
          rows.tokens.push_back(tokens[slot][done[slot]]);
          rows.slots.push_back(slot);
          rows.positions.push_back(done[slot]++);
        }
      }
      if (rows.tokens.empty())
        continue;
      std::vector<Tensor> arguments;
      for (const std::vector<int64_t> *ids : {&rows.tokens, &rows.slots, &rows.positions, &rows.logitRows})
        arguments.push_back(
            Tensor({static_cast<int64_t>(ids->size())}, std::vector<double>(ids->begin(), ids->end())));
      StepValues got;
      comparison.error = runner.run(lowered.lookupSymbol<func::FuncOp>(function), arguments, got);
      if (comparison.error.empty() && executor)
        compareStep(*executor, arguments, got);
      if (!comparison.error.empty() || close)
        return logits;
      for (size_t t = 0; t < rows.tokens.size(); ++t) {
        const double *row = got.results[0].row(static_cast<int64_t>(t));
        logits[{rows.slots[t], rows.positions[t]}].assign(row, row + got.results[0].width());
      }
    }
    return logits;
  }

  void compareStep(Executor &executor, const std::vector<Tensor> &arguments, const StepValues &got) {
    auto step = module->lookupSymbol<func::FuncOp>("step");
    auto wanted = executor.run(step, arguments);
    if (!wanted)
      comparison.error = "the reference fails: " + llvm::toString(wanted.takeError());
    else if (choseClosely(step, executor, *weights))
      close = true;
    else
      compare(got, executor.observed(), kTolerance, comparison);
  }

  uint64_t seed;
  Draw draw;
  MLIRContext context;
  std::string folder;
  llvm::json::Object config;
  std::unique_ptr<RandomWeights> weights;
  std::unique_ptr<Checkpoint> checkpoint;
  OwningOpRef<ModuleOp> module;
};

TEST(Random, Models) {
  int64_t close = 0, draws = 0, kernels = 0, values = 0;
  double largest = 0;
  std::string worst;
  for (uint64_t seed : drawSeeds(20000, 24)) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", again with V4_SEED=" + std::to_string(seed) +
                 " V4_DRAWS=1");
    RandomModel model(seed);
    model.check();
    ++draws;
    close += model.close;
    EXPECT_EQ(model.comparison.error, "") << model.text;
    kernels += model.kernels ? static_cast<int64_t>(model.kernels->kernels) : 0;
    values += model.comparison.values;
    if (model.comparison.largest > largest) {
      largest = model.comparison.largest;
      worst = model.comparison.where + ", seed " + std::to_string(seed);
    }
  }
  std::printf("  %lld models, %lld kernels, %lld values compared, %lld models left out for close choices; "
              "largest distance "
              "%.2g (%s)\n",
              static_cast<long long>(draws), static_cast<long long>(kernels), static_cast<long long>(values),
              static_cast<long long>(close), largest, worst.c_str());
  EXPECT_LE(close, draws / 5) << "too many models with close choices to be a test";
}

} // namespace
} // namespace v4test

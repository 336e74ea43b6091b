#include "codegen/Import/ImportModel.h"

#include "codegen/Import/NumericsOptions.h"
#include "codegen/Import/StepBuilder.h"

namespace mlir::v4 {

using v4rt::checkpoint::Checkpoint;

namespace {

constexpr int64_t kDefaultContext = 8192;
constexpr int64_t kMaxStepTokens = 65536;

// A sublayer between the streams: collapse, norm, `sublayer`, spread (specification, section 3).
Value importSublayer(StepBuilder &step, const std::string &layer, StringRef half, StringRef result,
                     Value streams, function_ref<Value(Value)> sublayer) {
  const ModelConfig &c = step.config;
  OpBuilder &b = step.builder;
  std::string site = layer + "hc_" + half.str();
  Value fn = step.weight(site + "_fn"), base = step.weight(site + "_base"),
        scale = step.weight(site + "_scale");
  auto pre = HcPreOp::create(b, step.at(site), step.rows({c.hiddenSize}), step.wideRows({c.streams}),
                             step.wideRows({c.streams}), step.wideRows({c.streams, c.streams}), streams, fn,
                             base, scale, b.getI64IntegerAttr(c.sinkhornIterations), step.number(c.hcEps),
                             step.number(c.normEps));
  Value input = step.rmsNorm(layer + half + ".input", pre.getCollapsed(), layer + half + "_norm.weight");
  Value output = sublayer(input);
  return HcPostOp::create(b, step.at(layer + result), streams.getType(), output, streams, pre.getPost(),
                          pre.getComb(), step.numerics, /*with_outputs=*/UnitAttr());
}

Value importLayer(StepBuilder &step, int64_t layer, Value streams) {
  std::string prefix = "layers." + std::to_string(layer) + ".";
  streams = importSublayer(step, prefix, "attn", "streams_mid", streams, [&](Value input) {
    return importAttention(step, prefix + "attn.", layer, input);
  });
  return importSublayer(step, prefix, "ffn", "streams_out", streams,
                        [&](Value input) { return importFeedForward(step, prefix + "ffn.", layer, input); });
}

// Logits of the wanted rows only.
Value importHead(StepBuilder &step, Value streams) {
  const ModelConfig &c = step.config;
  OpBuilder &b = step.builder;
  Value wanted =
      GatherRowsOp::create(b, step.at("hc_head.streams"), streams.getType(), streams, step.logitRows);
  Value fn = step.weight("hc_head_fn"), base = step.weight("hc_head_base"),
        scale = step.weight("hc_head_scale");
  Value row = HcHeadOp::create(b, step.at("hc_head.out"), step.rows({c.hiddenSize}), wanted, fn, base, scale,
                               step.number(c.hcEps), step.number(c.normEps));
  row = step.rmsNorm("norm.out", row, "norm.weight");
  return step.linear("logits", row, "head.weight", step.wideRows({c.vocabSize}));
}

DictionaryAttr describeModel(Builder &b, const ModelConfig &c, StringRef configText,
                             const ImportOptions &options, NumericsAttr numerics) {
  auto integer = [&](int64_t value) { return b.getI64IntegerAttr(value); };
  NamedAttribute entries[] = {
      b.getNamedAttr("architecture", b.getStringAttr("deepseek_v4")),
      b.getNamedAttr("bos", integer(c.bosToken)),
      b.getNamedAttr("config", b.getStringAttr(configText)),
      b.getNamedAttr("eos", integer(c.eosToken)),
      b.getNamedAttr("hidden_size", integer(c.hiddenSize)),
      b.getNamedAttr("layers", integer(c.layers)),
      b.getNamedAttr("max_context", integer(options.maxContext)),
      b.getNamedAttr("max_step_tokens", integer(options.maxStepTokens)),
      b.getNamedAttr("numerics", b.getStringAttr(describeNumerics(numerics))),
      b.getNamedAttr("ratios", b.getDenseI64ArrayAttr(c.ratios)),
      b.getNamedAttr("vocab_size", integer(c.vocabSize)),
      b.getNamedAttr("window", integer(c.window)),
  };
  return b.getDictionaryAttr(entries);
}

// Fills in defaults.
bool checkOptions(const ModelConfig &config, ImportOptions &options, std::string &error) {
  if (options.maxContext < 0)
    error =
        "a context of " + std::to_string(options.maxContext) + " tokens is wanted, but it must be positive";
  else if (options.maxContext > config.maxPositions)
    error = "a context of " + std::to_string(options.maxContext) +
            " tokens is wanted, but config.json's 'max_position_embeddings' is " +
            std::to_string(config.maxPositions);
  else if (options.maxStepTokens < 1 || options.maxStepTokens > kMaxStepTokens)
    error = "steps of " + std::to_string(options.maxStepTokens) +
            " tokens are wanted, but they have from 1 to " + std::to_string(kMaxStepTokens);
  if (options.maxContext == 0)
    options.maxContext = std::min(config.maxPositions, kDefaultContext);
  return error.empty();
}

// The Hadamard matrix is there for powers of two.
bool checkRotation(const ModelConfig &config, NumericsAttr numerics, std::string &error) {
  if (numerics.getOption("indexer") == "hadamard_fp4" && config.indexHeadDim &&
      !llvm::isPowerOf2_64(config.indexHeadDim))
    error =
        "config.json's 'index_head_dim' is " + std::to_string(config.indexHeadDim) +
        ", but the indexer's rotation takes a power of two; --set indexer=bf16 or --numerics hf goes without";
  return error.empty();
}

} // namespace

OwningOpRef<ModuleOp> buildModule(MLIRContext &context, const ModelConfig &config, const Inventory &inventory,
                                  StringRef configText, const ImportOptions &options, NumericsAttr numerics) {
  context.loadDialect<func::FuncDialect, V4Dialect>();
  OwningOpRef<ModuleOp> module = ModuleOp::create(NameLoc::get(StringAttr::get(&context, "model")));
  StepBuilder step(*module, config, inventory, options, numerics);
  OpBuilder &b = step.builder;
  (*module)->setAttr("v4.model", describeModel(b, config, configText, options, numerics));

  Value row = EmbedOp::create(b, step.at("embed"), step.rows({config.hiddenSize}), step.tokens,
                              step.weight("embed.weight"));
  Value streams =
      HcExpandOp::create(b, step.at("streams"), step.rows({config.streams, config.hiddenSize}), row);
  for (int64_t layer = 0; layer < config.layers; ++layer)
    streams = importLayer(step, layer, streams);
  func::ReturnOp::create(b, step.at("logits"), importHead(step, streams));
  return module;
}

FailureOr<OwningOpRef<ModuleOp>> importModel(MLIRContext &context, const Checkpoint &checkpoint,
                                             const ImportOptions &options, std::string &error,
                                             std::vector<std::string> *notes) {
  error.clear();
  ModelConfig config;
  Inventory inventory;
  ImportOptions complete = options;
  if (!parseConfig(checkpoint.config(), config, error) || !checkOptions(config, complete, error))
    return failure();
  context.loadDialect<V4Dialect>();
  FailureOr<NumericsAttr> numerics = parseNumerics(context, options.numerics, options.numericsOptions, error);
  if (failed(numerics) || !checkRotation(config, *numerics, error))
    return failure();
  if (!(checkpoint.hasWeights() ? takeInventory(config, checkpoint, inventory, error)
                                : assumeInventory(config, inventory, error)))
    return failure();
  if (notes && inventory.mtpTensors)
    notes->push_back("the checkpoint's " + std::to_string(inventory.mtpTensors) +
                     " mtp tensors are left out: multi-token prediction is not compiled yet");
  return buildModule(context, config, inventory, checkpoint.config(), complete, *numerics);
}

} // namespace mlir::v4

// The published roundings, stage by stage with golden inputs: the goldens are exact but for these roundings,
// and so is the executor.
#include "dialects/V4/Reference/Executor.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "test/Reference/Values.h"
#include "test/Support/Scratch.h"
#include "test/Support/TensorFile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

#include <cmath>

namespace {

using namespace mlir;
using namespace mlir::v4;
using namespace mlir::v4::reference;
using v4test::TensorFile;

std::string replaceAll(std::string text, StringRef from, const std::string &to) {
  for (size_t at = 0; (at = text.find(from.data(), at, from.size())) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

/// One layer of the fixture, and the goldens of one file.
struct StagesTest : testing::Test {
  StagesTest() { context.loadDialect<V4Dialect, func::FuncDialect, arith::ArithDialect>(); }

  void open(const std::string &file, const std::string &name, int ratio) {
    std::string error, folder = v4test::data("ref-fp8fp4");
    checkpoint =
        v4rt::checkpoint::Checkpoint::open(folder, v4rt::checkpoint::Checkpoint::Weights::required, error);
    ASSERT_TRUE(checkpoint) << error;
    weights = std::make_unique<CheckpointWeights>(*checkpoint);
    executor = std::make_unique<Executor>(weights.get());
    golden = v4test::readTensors(folder + "/goldens/" + file + ".safetensors");
    layer = name;
    std::string text = v4test::readFile(v4test::data("../Reference/Inputs/stages.mlir"));
    text = replaceAll(text, "LAYER", layer);
    text = replaceAll(text, "THETA", ratio ? "160000.0" : "10000.0");
    text = replaceAll(text, "FACTOR", ratio ? "16.0" : "1.0");
    text = replaceAll(text, "RATIO", std::to_string(ratio ? ratio : 4));
    module = parseSourceString<ModuleOp>(text, &context);
    ASSERT_TRUE(module);
    auto rows = golden.find("rows");
    positions = rows == golden.end() ? v4test::countFrom(0, golden.at("tokens").rows())
                                     : Tensor(rows->second.shape, rows->second.values);
  }

  Tensor wanted(const std::string &name) {
    const v4test::Tensor &tensor = golden.at(layer + "." + name);
    return Tensor(tensor.shape, tensor.values);
  }

  std::vector<Tensor> run(StringRef function, std::vector<Tensor> inputs) {
    llvm::Expected<std::vector<Tensor>> results =
        executor->run(module->lookupSymbol<func::FuncOp>(function), std::move(inputs));
    if (results)
      return std::move(*results);
    ADD_FAILURE() << function.str() << ": " << llvm::toString(results.takeError());
    return {};
  }

  /// All values are the golden's, which is stored as float32 or BF16.
  void expectSame(const Tensor &mine, const std::string &name) {
    Tensor golden = wanted(name);
    ASSERT_EQ(mine.size(), golden.size()) << layer << '.' << name;
    int64_t different = 0;
    for (int64_t i = 0; i < mine.size(); ++i)
      different += static_cast<float>(mine.data[i]) != golden.data[i];
    EXPECT_EQ(different, 0) << layer << '.' << name << ", of " << mine.size();
  }

  void check(StringRef function, std::vector<Tensor> inputs, const std::vector<std::string> &names) {
    std::vector<Tensor> results = run(function, std::move(inputs));
    ASSERT_EQ(results.size(), names.size());
    for (size_t i = 0; i < names.size(); ++i)
      expectSame(results[i], names[i]);
  }

  /// Puts the goldens into the states that attention reads.
  void fillStates(int ratio) {
    Tensor kv = wanted("attn.kv"), all = v4test::countFrom(0, kv.rows());
    run("put_kv", {kv, v4test::filled({kv.rows()}, 0), all});
    if (!ratio)
      return;
    auto put = [&](StringRef function, const Tensor &entries) {
      Tensor closers({entries.rows()});
      for (int64_t e = 0; e < entries.rows(); ++e)
        closers.data[e] = static_cast<double>((e + 1) * ratio - 1);
      run(function, {entries, v4test::filled({entries.rows()}, 0), closers});
    };
    put("put_entries", wanted("attn.compressor.entries"));
    if (ratio == 4)
      put("put_index_entries", wanted("attn.indexer.entries"));
  }

  /// Slot 0 for every row.
  Tensor slots() { return v4test::filled({positions.rows()}, 0); }

  void checkAttention(int ratio) {
    fillStates(ratio);
    if (ratio == 0)
      check("window", {wanted("attn.q"), slots(), positions}, {"attn.core_out"});
    if (ratio == 4)
      check("csa", {wanted("attn.q"), wanted("attn.indexer.topk"), slots(), positions}, {"attn.core_out"});
    if (ratio == 128)
      check("hca", {wanted("attn.q"), slots(), positions}, {"attn.core_out"});
    check("o_grouped", {wanted("attn.core_out"), positions}, {"attn.o_grouped"});
    check("o_lora", {wanted("attn.o_grouped")}, {"attn.o_lora"});
    check("out", {wanted("attn.o_lora")}, {"attn.out"});
  }

  void checkExperts() {
    check("logits", {wanted("ffn.input")}, {"ffn.gate.logits"});
    check("routed_out", {wanted("ffn.input"), wanted("ffn.gate.indices"), wanted("ffn.gate.weights")},
          {"ffn.routed_out"});
    check("shared_out", {wanted("ffn.input")}, {"ffn.shared_out"});
    check("ffn_out", {wanted("ffn.routed_out"), wanted("ffn.shared_out")}, {"ffn.out"});
    check("streams", {wanted("ffn.out"), wanted("streams_mid"), wanted("hc_ffn.post"), wanted("hc_ffn.comb")},
          {"streams_out"});
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  std::unique_ptr<v4rt::checkpoint::Checkpoint> checkpoint;
  std::unique_ptr<CheckpointWeights> weights;
  std::unique_ptr<Executor> executor;
  TensorFile golden;
  std::string layer;
  Tensor positions;
};

/// A short prefill: what every layer kind has.
struct TraceTest : StagesTest, testing::WithParamInterface<std::pair<const char *, int>> {
  void SetUp() override { open("trace", GetParam().first, GetParam().second); }
};

TEST_P(TraceTest, BeforeAttention) {
  check("hc_attn", {wanted("streams_in")},
        {"hc_attn.collapsed", "hc_attn.pre", "hc_attn.post", "hc_attn.comb"});
  check("attn_input", {wanted("hc_attn.collapsed")}, {"attn.input"});
  check("q_lora", {wanted("attn.input")}, {"attn.q_lora"});
  check("q", {wanted("attn.q_lora"), positions}, {"attn.q"});
  check("kv", {wanted("attn.input"), positions}, {"attn.kv"});
}

TEST_P(TraceTest, Indexer) {
  if (GetParam().second != 4)
    return;
  fillStates(4);
  run("entries", {wanted("attn.input"), slots(), positions});
  expectSame(executor->state("entries")->written(0), "attn.compressor.entries");
  run("index_entries", {wanted("attn.input"), slots(), positions});
  expectSame(executor->state("index_entries")->written(0), "attn.indexer.entries");
  check("index_q", {wanted("attn.q_lora"), positions}, {"attn.indexer.q"});
  check("index_weights", {wanted("attn.input")}, {"attn.indexer.weights"});
  std::vector<Tensor> results =
      run("index_scores", {wanted("attn.indexer.q"), wanted("attn.indexer.weights"), slots(), positions});
  ASSERT_EQ(results.size(), 2u);
  // The golden has only as many columns as there are entries.
  Tensor scores = wanted("attn.indexer.scores"), chosen = wanted("attn.indexer.topk");
  for (int64_t t = 0; t < scores.rows(); ++t) {
    for (int64_t e = 0; e < scores.width(); ++e)
      EXPECT_EQ(results[0].row(t)[e], scores.row(t)[e]) << layer << ", row " << t << ", entry " << e;
    std::sort(chosen.row(t), chosen.row(t) + chosen.width()); // -1 first, and behind the entries in mine
    std::sort(results[1].row(t), results[1].row(t) + results[1].width());
  }
  EXPECT_EQ(results[1].data, chosen.data) << layer;
}

TEST_P(TraceTest, AttentionAndExperts) {
  checkAttention(GetParam().second);
  checkExperts();
}

INSTANTIATE_TEST_SUITE_P(Layers, TraceTest,
                         testing::Values(std::pair("layers.0", 0), std::pair("layers.1", 4),
                                         std::pair("layers.2", 128), std::pair("layers.3", 4),
                                         std::pair("mtp.0", 0)),
                         [](const auto &info) { return replaceAll(info.param.first, ".", "_"); });

/// Positions of a long prefill, behind the window and behind blocks of 128.
struct FarTest : StagesTest {};

TEST_F(FarTest, EveryEntryOfRatio128) {
  open("far", "layers.2", 128);
  checkAttention(128);
  checkExperts();
}

} // namespace

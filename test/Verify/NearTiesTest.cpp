// Choices that differ from the reference's: near-ties are counted, the rest is an error; and what is computed
// from a choice is held to that of the artifact.
#include "codegen/Verify/Teacher.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

#include <cmath>

namespace v4test {
namespace {

using namespace mlir;
namespace reference = v4::reference;
using reference::Tensor;

constexpr char kModel[] = R"mlir(
func.func @step(%logits: tensor<?x4xf32>, %q: tensor<?x1x1xf32>, %keys: tensor<?x1xf32>, %slots: tensor<?xi32>,
                %positions: tensor<?xi32>) {
  %bias = v4.weight "bias" : <4xf32>
  %scores, %indices, %weights = v4.route %logits, %bias sigmoid scaling 1.000000e+00
    : (tensor<?x4xf32>, !v4.weight<4xf32>) -> (tensor<?x4xf32>, tensor<?x2xi32>, tensor<?x2xf32>) loc("layers.0.ffn.gate")
  %entries = v4.state "entries" : !v4.entries<4, 1, f32>
  v4.entry_write %keys, %entries at %slots, %positions by 1
    : tensor<?x1xf32>, !v4.entries<4, 1, f32>, tensor<?xi32>, tensor<?xi32>
  %found = v4.index_scores %q, %keys, %entries at %slots, %positions by 1
    : (tensor<?x1x1xf32>, tensor<?x1xf32>, !v4.entries<4, 1, f32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x4xf32>
    loc("layers.0.attn.indexer.scores")
  %topk = v4.index_topk %found at %positions by 1 : (tensor<?x4xf32>, tensor<?xi32>) -> tensor<?x2xi32>
    loc("layers.0.attn.indexer.topk")
  return
}
)mlir";

struct NoBias : reference::WeightProvider {
  llvm::Expected<Tensor> load(StringRef, v4::WeightType) override { return Tensor({4}); }
};

struct NearTies : testing::Test {
  NearTies() {
    context.loadDialect<v4::V4Dialect, func::FuncDialect, arith::ArithDialect>();
    module = parseSourceString<ModuleOp>(kModel, &context);
  }

  /// One step of rows at positions 0, 1, ...; what the teacher found of the value.
  v4::Finding run(StringRef value, std::vector<double> logits) {
    auto step = module->lookupSymbol<func::FuncOp>("step");
    auto rows = static_cast<int64_t>(logits.size() / 4);
    v4::Teacher teacher(step, weights);
    teacher.beginStep(seen, 0, rows, rows);
    reference::Executor executor(&weights);
    executor.setTeacher([&](StringRef name, Tensor &tensor) { teacher.teach(name, tensor); });
    Tensor q({rows, 1, 1}), keys({rows, 1}), slots({rows}), positions({rows});
    for (int64_t r = 0; r < rows; ++r) {
      q.data[r] = keys.data[r] = 1; // all entries are equal
      positions.data[r] = static_cast<double>(r);
    }
    auto results = executor.run(step, {Tensor({rows, 4}, std::move(logits)), q, keys, slots, positions});
    EXPECT_TRUE(static_cast<bool>(results)) << llvm::toString(results.takeError());
    for (v4::Finding &finding : teacher.findings())
      if (finding.name == value)
        return finding;
    ADD_FAILURE() << "nothing is known of " << value.str();
    return {};
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  NoBias weights;
  v4::SeenValues seen;
};

TEST_F(NearTies, OfExpertsAreNoError) {
  // Experts 1 and 2 are equal, and almost so.
  seen["layers.0.ffn.gate.indices"] = Tensor({2, 2}, {2, 3, 2, 3});
  v4::Finding finding = run("layers.0.ffn.gate.indices", {0, 1, 1, 2, 0, 1 + 1e-7, 1, 2});
  EXPECT_EQ(finding.nearTies, 2);
  EXPECT_EQ(finding.otherChoices, 0);
  EXPECT_TRUE(finding.holds());
}

TEST_F(NearTies, OtherExpertsAreAnError) {
  seen["layers.0.ffn.gate.indices"] = Tensor({3, 2}, {1, 3, 2, 3, 1, 7});
  v4::Finding finding = run("layers.0.ffn.gate.indices", {0, 1, 1, 2, 0, 1.01, 1, 2, 0, 1, 1, 2});
  EXPECT_EQ(finding.nearTies, 0);
  EXPECT_EQ(finding.otherChoices, 2); // one is better by a hundredth, one does not exist
  EXPECT_EQ(finding.position, 1);
  EXPECT_FALSE(finding.holds());
}

TEST_F(NearTies, WeightsAreThoseOfTheChoice) {
  seen["layers.0.ffn.gate.indices"] = Tensor({1, 2}, {0, 3});
  double first = 1 / (1 + std::exp(-0.5)), second = 1 / (1 + std::exp(-2.0));
  seen["layers.0.ffn.gate.weights"] = Tensor({1, 2}, {first / (first + second), second / (first + second)});
  EXPECT_TRUE(run("layers.0.ffn.gate.weights", {0.5, 1, 1, 2}).holds());
  seen["layers.0.ffn.gate.weights"].data = {0.5, 0.5};
  EXPECT_FALSE(run("layers.0.ffn.gate.weights", {0.5, 1, 1, 2}).holds());
}

TEST_F(NearTies, OfEntriesAreNoErrorButFutureEntriesAre) {
  std::vector<double> logits(16, 0);
  // At position 3 any two of four equal entries will do; at position 1 there are no entries but 0 and 1.
  seen["layers.0.attn.indexer.topk"] = Tensor({4, 2}, {0, -1, 0, 1, 0, 1, 2, 3});
  v4::Finding finding = run("layers.0.attn.indexer.topk", logits);
  EXPECT_EQ(finding.nearTies, 1);
  EXPECT_TRUE(finding.holds());
  seen["layers.0.attn.indexer.topk"] = Tensor({4, 2}, {0, -1, 0, 2, 0, 1, 1, -1});
  finding = run("layers.0.attn.indexer.topk", logits);
  EXPECT_EQ(finding.nearTies, 0);
  EXPECT_EQ(finding.otherChoices, 2);
  EXPECT_EQ(finding.position, 1);
}

TEST_F(NearTies, AreNoneWhereTheShapeIsWrong) {
  seen["layers.0.attn.indexer.topk"] = Tensor({4, 3});
  v4::Finding finding = run("layers.0.attn.indexer.topk", std::vector<double>(16, 0));
  EXPECT_EQ(finding.problem, "the artifact has 4 rows of 3 values, wanted 4 of 2");
  EXPECT_FALSE(finding.holds());
}

} // namespace
} // namespace v4test

#include "dialects/V4/Reference/Executor.h"
#include "dialects/V4/Reference/Sequences.h"
#include "test/Reference/Values.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

namespace {

using namespace mlir;
using namespace mlir::v4;
using namespace mlir::v4::reference;
using namespace v4test;

/// A step with state: each token's embedding goes to a ring, attention looks at the last three.
constexpr StringLiteral kStep = R"mlir(
func.func @step(%tokens: tensor<?xi32>, %slots: tensor<?xi32>, %positions: tensor<?xi32>,
                %rows: tensor<?xi32>) -> tensor<?x1x2xf32> {
  %table = v4.weight "embed.weight" : !v4.weight<5x2xf32>
  %sink = v4.weight "sink" = dense<0.5> : tensor<1xf32> : !v4.weight<1xf32>
  %ring = v4.state "keys" : !v4.ring<6, 2, f32>
  %x = v4.embed %tokens in %table : (tensor<?xi32>, !v4.weight<5x2xf32>) -> tensor<?x2xf32> loc("x")
  v4.ring_write %x, %ring at %slots, %positions
    : tensor<?x2xf32>, !v4.ring<6, 2, f32>, tensor<?xi32>, tensor<?xi32>
  %w = v4.weight "w" : !v4.weight<2x2xf32>
  %q = v4.kernel outputs {
    %y = v4.linear %x, %w : (tensor<?x2xf32>, !v4.weight<2x2xf32>) -> tensor<?x1x2xf32> loc("q")
    v4.yield %y : tensor<?x1x2xf32>
  } : tensor<?x1x2xf32>
  %a = v4.kernel heads row_tile 1 {
    %y = v4.window_attention %q, %ring, %sink at %slots, %positions window 3 scale 0.5
      : (tensor<?x1x2xf32>, !v4.ring<6, 2, f32>, !v4.weight<1xf32>, tensor<?xi32>, tensor<?xi32>)
        -> tensor<?x1x2xf32> loc("a")
    v4.yield %y : tensor<?x1x2xf32>
  } : tensor<?x1x2xf32>
  %wanted = v4.gather_rows %a at %rows : (tensor<?x1x2xf32>, tensor<?xi32>) -> tensor<?x1x2xf32>
  return %wanted : tensor<?x1x2xf32>
})mlir";

struct RandomWeights final : WeightProvider {
  llvm::Expected<Tensor> load(StringRef name, WeightType type) override {
    ++loads;
    return randomTensor(type.getShape().vec(), generator);
  }
  std::mt19937 generator{5};
  int loads = 0;
};

struct ExecutorTest : testing::Test {
  ExecutorTest() {
    context.loadDialect<V4Dialect, func::FuncDialect, arith::ArithDialect>();
    module = parseSourceString<ModuleOp>(kStep, &context);
    step = module ? module->lookupSymbol<func::FuncOp>("step") : func::FuncOp();
  }
  void SetUp() override { ASSERT_TRUE(step); }

  std::string failure(std::vector<Tensor> arguments) {
    llvm::Expected<std::vector<Tensor>> results = executor.run(step, std::move(arguments));
    return results ? "" : llvm::toString(results.takeError());
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  func::FuncOp step;
  RandomWeights weights;
  Executor executor{&weights};
};

TEST_F(ExecutorTest, AnyChunkingGivesTheSame) {
  const int64_t tokens[] = {0, 1, 2, 3, 4, 0, 3, 1, 1, 2, 4};
  EXPECT_EQ(longestStep(step), 4);
  std::vector<double> whole;
  for (int64_t chunk : {1, 2, 3, 4}) {
    llvm::Expected<SequenceResult> result = runSequence(executor, step, tokens, /*slot=*/chunk, 0, chunk);
    ASSERT_TRUE(static_cast<bool>(result)) << llvm::toString(result.takeError());
    EXPECT_EQ(result->logits.shape, (std::vector<int64_t>{11, 1, 2}));
    EXPECT_EQ(result->observed.find("x")->second.rows(), 11);
    EXPECT_EQ(result->observed.find("a")->second.data, result->logits.data);
    if (whole.empty())
      whole = result->logits.data;
    EXPECT_EQ(result->logits.data, whole) << "chunks of " << chunk;
  }
  EXPECT_EQ(weights.loads, 2);
}

TEST_F(ExecutorTest, SequencesOfABatchDoNotMix) {
  auto alone =
      executor.run(step, {Tensor({2}, {1, 2}), Tensor({2}, {0, 0}), Tensor({2}, {0, 1}), Tensor({1}, {1})});
  auto batch = executor.run(step, {Tensor({4}, {3, 1, 4, 2}), Tensor({4}, {1, 2, 1, 2}),
                                   Tensor({4}, {0, 0, 1, 1}), Tensor({1}, {3})});
  ASSERT_TRUE(alone && batch);
  EXPECT_EQ(alone->front().data, batch->front().data);
}

TEST_F(ExecutorTest, StepLongerThanTheRingIsRefused) {
  Tensor ids({6}), slots({6});
  EXPECT_EQ(failure({ids, slots, countFrom(0, 6), Tensor({0})}), "");
  EXPECT_EQ(failure({ids, slots, countFrom(6, 12), Tensor({0})}),
            "the ring of 6 rows does not hold position 4 of slot 0");
  EXPECT_TRUE(isa<WindowAttentionOp>(executor.failedOp()));
}

TEST_F(ExecutorTest, IdsOutOfRange) {
  Tensor one({1});
  EXPECT_EQ(failure({Tensor({1}, {5}), one, one, one}), "token 5 of row 0 is not in [0, 5)");
  EXPECT_EQ(failure({one, one, Tensor({1}, {-1}), one}), "position -1 of row 0 is not in [0, 2147483648)");
  EXPECT_EQ(failure({one, one, one, Tensor({1}, {1})}), "row number 1 of row 0 is not in [0, 1)");
  EXPECT_EQ(failure({one, Tensor({2}), one, one}), "has operands of 1 and of 2 rows");
  EXPECT_EQ(failure({one, one}), "@step takes 4 arguments, not 2");
}

TEST_F(ExecutorTest, MissingWeight) {
  Executor poor;
  Tensor one({1});
  auto results = poor.run(step, {one, one, one, one});
  ASSERT_FALSE(static_cast<bool>(results));
  EXPECT_EQ(llvm::toString(results.takeError()),
            "weight 'embed.weight' has no value, and there is no checkpoint");
}

} // namespace

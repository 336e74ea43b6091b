// A whole model with the published numerics in double precision: importer and executor together give the
// goldens' bits.
#include "codegen/Import/ImportModel.h"
#include "dialects/V4/Reference/Sequences.h"
#include "passes/Pipelines.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "test/Support/Scratch.h"
#include "test/Support/TensorFile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace {

using namespace mlir;
using namespace mlir::v4;
using namespace mlir::v4::reference;
using v4test::TensorFile;

struct PublishedTest : testing::Test {
  void SetUp() override {
    std::string folder = v4test::data("ref-fp8fp4"), error;
    checkpoint =
        v4rt::checkpoint::Checkpoint::open(folder, v4rt::checkpoint::Checkpoint::Weights::required, error);
    ASSERT_TRUE(checkpoint) << error;
    ImportOptions options;
    options.numerics = "reference";
    FailureOr<OwningOpRef<ModuleOp>> imported = importModel(context, *checkpoint, options, error);
    ASSERT_TRUE(succeeded(imported)) << error;
    module = std::move(*imported);
    weights = std::make_unique<CheckpointWeights>(*checkpoint);
    executor = std::make_unique<Executor>(weights.get());
  }

  TensorFile golden(const std::string &file) {
    return v4test::readTensors(v4test::data("ref-fp8fp4/goldens/" + file + ".safetensors"));
  }

  SequenceResult run(const v4test::Tensor &ids, int64_t slot, int64_t chunk, StringRef function = "step") {
    std::vector<int64_t> tokens(ids.values.begin(), ids.values.end());
    llvm::Expected<SequenceResult> result = runSequence(
        *executor, module->lookupSymbol<func::FuncOp>(function), tokens, slot, /*position=*/0, chunk);
    if (result)
      return std::move(*result);
    ADD_FAILURE() << llvm::toString(result.takeError());
    return {};
  }

  void compareAll(TensorFile file, const SequenceResult &result, const std::vector<int> &rows);

  MLIRContext context;
  std::unique_ptr<v4rt::checkpoint::Checkpoint> checkpoint;
  OwningOpRef<ModuleOp> module;
  std::unique_ptr<CheckpointWeights> weights;
  std::unique_ptr<Executor> executor;
};

/// How many values of these rows differ as float32, which the goldens are stored as; columns behind the
/// golden's are empty.
int64_t countDifferent(const Tensor &mine, const std::vector<int> &rows, const v4test::Tensor &golden) {
  int64_t different = 0;
  for (auto [i, row] : llvm::enumerate(rows))
    for (int64_t c = 0; c < mine.width(); ++c) {
      double wanted = c < golden.width() ? golden.row(static_cast<int64_t>(i))[c] : -INFINITY;
      different += static_cast<float>(mine.row(row)[c]) != wanted;
    }
  return different;
}

std::vector<int> numbersFrom(int64_t first, int64_t count) {
  std::vector<int> numbers(count);
  std::iota(numbers.begin(), numbers.end(), static_cast<int>(first));
  return numbers;
}

/// Chosen entries in ascending order, -1 last: the golden's are by score.
void sortChoices(v4test::Tensor &choices) {
  for (int64_t t = 0; t < choices.rows(); ++t) {
    double *row = choices.values.data() + t * choices.width();
    std::sort(row, row + choices.width(),
              [](double a, double b) { return a < 0 || b < 0 ? b < 0 && a >= 0 : a < b; });
  }
}

/// Compares every tensor of a golden file with the run that it is of; `rows` are the positions that it has.
void PublishedTest::compareAll(TensorFile file, const SequenceResult &result, const std::vector<int> &rows) {
  size_t compared = 0;
  for (auto &[name, wanted] : file) {
    StringRef ref = name;
    // What a layer begins with is what the one before it ended with.
    if (ref == "rows" || ref.ends_with("tokens") || ref.ends_with(".margin") ||
        ref.ends_with(".streams_in") || ref.starts_with("mtp."))
      continue;
    const Tensor *mine = nullptr;
    Tensor entries;
    if (const State *state = executor->state(name)) {
      entries = state->written(0);
      mine = &entries;
    } else if (ref == "logits") {
      mine = &result.logits;
    } else if (auto found = result.observed.find(ref); found != result.observed.end()) {
      mine = &found->second;
    }
    if (!mine || mine->rows() < wanted.rows()) {
      ADD_FAILURE() << name << " is not computed";
      continue;
    }
    ++compared;
    if (ref.ends_with(".topk"))
      sortChoices(wanted);
    bool some = wanted.rows() == static_cast<int64_t>(rows.size());
    EXPECT_EQ(countDifferent(*mine, some ? rows : numbersFrom(0, wanted.rows()), wanted), 0) << name;
  }
  EXPECT_GT(compared, 100u);
}

TEST_F(PublishedTest, EverythingInBetween) {
  TensorFile file = golden("trace");
  SequenceResult result = run(file.at("tokens"), /*slot=*/0, /*chunk=*/13);
  compareAll(file, result, numbersFrom(0, file.at("tokens").rows()));
}

TEST_F(PublishedTest, EverythingFarOut) {
  TensorFile file = golden("far");
  SequenceResult result = run(file.at("tokens"), /*slot=*/0, /*chunk=*/128);
  compareAll(file, result, file.at("rows").integers());
}

TEST_F(PublishedTest, DecodingBehindTheFirstBlockOf128) {
  TensorFile file = golden("decode");
  const v4test::Tensor &wanted = file.at("logits");
  SequenceResult result = run(file.at("tokens"), /*slot=*/3, /*chunk=*/128);
  int64_t first = result.logits.rows() - wanted.rows();
  EXPECT_EQ(countDifferent(result.logits, numbersFrom(first, wanted.rows()), wanted), 0);
  // Experts in halves, kernels: the same numbers.
  PassManager manager(&context);
  for (StringRef phase : {"specialise", "fuse", "layout"})
    buildPhase(manager, *findPhase(phase));
  ASSERT_TRUE(succeeded(manager.run(*module)));
  EXPECT_EQ(run(file.at("tokens"), /*slot=*/4, /*chunk=*/70, "prefill").logits.data, result.logits.data);
  EXPECT_EQ(run(file.at("tokens"), /*slot=*/5, /*chunk=*/1, "decode").logits.data, result.logits.data);
}

} // namespace

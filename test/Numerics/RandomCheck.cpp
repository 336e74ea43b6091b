// Kernels of drawn steps against the reference executor.
#include "test/Numerics/RandomStep.h"

#include "dialects/Rt/IR/RtDialect.h"
#include "passes/Passes.h"
#include "passes/Pipelines.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FormatVariadic.h"
#include <gtest/gtest.h>

#include <cmath>

namespace v4test {

using namespace mlir;
using namespace mlir::v4;
using reference::Executor;
using reference::Tensor;

namespace {

/// Draws whose kernels are compiled and linked together.
constexpr size_t kBatch = 12;

/// A row may be this many of the coarsest rounding's steps away after one was turned over.
constexpr double kSteps = 4;

/// Scores this close, relative to the root mean square of the row, may change places in float32.
constexpr double kClose = 2e-5;

void compareValue(StringRef name, const Tensor &got, const Tensor &wanted, double tolerance,
                  Comparison &comparison) {
  if (got.size() != wanted.size()) {
    comparison.error = llvm::formatv("{0} has {1} values, not {2}", name, got.size(), wanted.size());
    return;
  }
  auto &[allSquares, allRows] = comparison.lengths[name.str()];
  auto &[otherwise, rows] = comparison.otherwise[name.str()];
  bool areIds = name.starts_with("index_topk") || name.ends_with(".indices");
  for (double value : wanted.data)
    allSquares += value == -INFINITY ? 0 : value * value;
  allRows += wanted.rows();
  for (int64_t t = 0; t < wanted.rows(); ++t) {
    double distance = 0, length = 0;
    for (int64_t i = 0; i < wanted.width(); ++i) {
      double a = got.row(t)[i], b = wanted.row(t)[i];
      if (b == -INFINITY)
        continue;
      distance += (a - b) * (a - b);
      length += b * b;
      ++comparison.values;
    }
    length = std::max(length, allSquares / static_cast<double>(allRows));
    double relative = distance == 0 ? 0 : std::sqrt(distance / length); // infinite and NaN are wrong
    ++rows;
    if (relative > tolerance && relative <= kSteps * comparison.coarsest && !areIds) {
      ++otherwise;
      continue;
    }
    if (!(relative <= tolerance)) {
      comparison.error = llvm::formatv("{0} row {1} is {2:e} away", name, t, relative);
      for (int64_t i = 0; i < std::min<int64_t>(wanted.width(), 12); ++i)
        comparison.error +=
            llvm::formatv("\n    [{0}] {1:e9} wanted {2:e9}", i, got.row(t)[i], wanted.row(t)[i]);
      return;
    }
    if (relative > comparison.largest) {
      comparison.largest = relative;
      comparison.where = name.str();
    }
  }
}

/// Whether the k-th and the next score of `scores`, best first, are too close.
bool isClose(std::vector<double> scores, int64_t k) {
  if (k >= static_cast<int64_t>(scores.size()))
    return false;
  double squares = 0;
  for (double score : scores)
    squares += score * score;
  std::sort(scores.begin(), scores.end(), std::greater<>());
  double gap = scores[k - 1] - scores[k];
  return gap > 0 && gap < kClose * std::sqrt(squares / static_cast<double>(scores.size()));
}

const Tensor *observedScores(const Executor &executor, Operation *op, StringRef suffix) {
  auto name = op ? op->getLoc()->findInstanceOf<NameLoc>() : NameLoc();
  if (!name)
    return nullptr;
  auto found = executor.observed().find((name.getName().getValue() + suffix).str());
  return found == executor.observed().end() ? nullptr : &found->second;
}

} // namespace

void compare(const StepValues &got, const llvm::MapVector<StringRef, Tensor> &wanted, double tolerance,
             Comparison &comparison) {
  for (const auto &[name, tensor] : wanted) {
    auto found = got.observed.find(name.str());
    if (found == got.observed.end())
      comparison.error = "no kernel gives " + name.str();
    else
      compareValue(name, found->second, tensor, tolerance, comparison);
    if (!comparison.error.empty())
      return;
  }
}

std::string roundOtherwise(const Comparison &comparison) {
  for (const auto &[name, counts] : comparison.otherwise)
    if (2 * counts.first > counts.second)
      return llvm::formatv("{0} is rounded otherwise in {1} of {2} rows", name, counts.first, counts.second);
  return "";
}

bool choseClosely(func::FuncOp function, const Executor &executor, RandomWeights &weights) {
  bool close = false;
  function.walk([&](Operation *op) {
    if (auto topk = dyn_cast<IndexTopkOp>(op)) {
      const Tensor *scores = observedScores(executor, topk.getScores().getDefiningOp(), "");
      for (int64_t t = 0; scores && t < scores->rows(); ++t) {
        std::vector<double> visible(scores->row(t), scores->row(t) + scores->width());
        llvm::erase(visible, -INFINITY);
        close |= isClose(visible, topk.getResult().getType().getDimSize(1));
      }
    }
    if (auto route = dyn_cast<RouteOp>(op)) {
      const Tensor *scores = observedScores(executor, op, ".scores");
      auto weight = route.getBias().getDefiningOp<WeightOp>();
      Tensor bias = llvm::cantFail(weights.load(weight.getName(), weight.getType()));
      for (int64_t t = 0; scores && t < scores->rows(); ++t) {
        std::vector<double> biased(scores->row(t), scores->row(t) + scores->width());
        for (size_t e = 0; e < biased.size(); ++e)
          biased[e] += bias.data[e];
        close |= isClose(biased, route.getIndices().getType().getDimSize(1));
      }
    }
  });
  return close;
}

void loadDialects(MLIRContext &context) {
  DialectRegistry registry;
  registerHostDialects(registry);
  registry.insert<V4Dialect, tile::TileDialect, rt::RtDialect, arith::ArithDialect, func::FuncDialect,
                  math::MathDialect, scf::SCFDialect>();
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();
}

bool lowerToKernels(ModuleOp module) {
  PassManager manager(module.getContext());
  for (const char *phase : {"fuse", "layout", "tile"})
    findPhase(phase)->build(manager);
  return succeeded(manager.run(module));
}

namespace {

/// Sets of values that a draw gets if a rounding is turned over in most rows of one: few rows make that
/// likely.
constexpr int kAttempts = 3;

struct Totals {
  int64_t draws = 0, close = 0, kernels = 0, rounded = 0, otherwise = 0;
  Comparison comparison;
  uint64_t worst = 0;
};

/// Runs all steps of one draw on both sides with one set of values; an error is not empty.
std::string runDraw(const StepText &step, func::FuncOp wanted, func::FuncOp lowered,
                    const KernelLibrary &kernels, double tolerance, int attempt, Totals &totals) {
  RandomWeights weights(step.seed, step.ids);
  Executor executor(&weights);
  StepRunner runner(kernels, weights, step.slotCount);
  Draw values(step.seed + 1 + 1000003 * attempt);
  std::map<int64_t, int64_t> lengths;
  double before = totals.comparison.largest;
  for (auto [number, rows] : llvm::enumerate(step.steps)) {
    std::vector<Tensor> arguments = step.arguments(rows, values);
    auto results = executor.run(wanted, arguments);
    if (!results)
      return "the reference fails: " + llvm::toString(results.takeError());
    if (choseClosely(wanted, executor, weights)) {
      ++totals.close;
      return "";
    }
    StepValues got;
    if (std::string error = runner.run(lowered, arguments, got); !error.empty())
      return error;
    compare(got, executor.observed(), tolerance, totals.comparison);
    if (!totals.comparison.error.empty())
      return "step " + std::to_string(number) + ": " + totals.comparison.error;
  }
  for (const auto &[name, state] : executor.states())
    for (int64_t slot = 0; slot < step.slotCount && state.kind() == reference::State::Kind::entries; ++slot) {
      Tensor entries = state.written(slot);
      compareValue(name, runner.stateRows(name, slot, entries.rows()), entries, tolerance, totals.comparison);
      if (!totals.comparison.error.empty())
        return totals.comparison.error;
    }
  if (totals.comparison.largest > before)
    totals.worst = step.seed;
  return "";
}

int64_t rowTileOf(uint64_t seed) { return seed % 4 < 2 ? 1 : 4; }

void runBatch(ArrayRef<std::unique_ptr<StepText>> steps, const HostVariant &variant, double tolerance,
              Totals &totals) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  loadDialects(context);
  std::string text;
  for (const auto &step : steps)
    text += step->function(rowTileOf(step->seed));
  OwningOpRef<ModuleOp> wanted = parseSourceString<ModuleOp>(text, &context);
  ASSERT_TRUE(wanted) << text;
  OwningOpRef<ModuleOp> lowered = wanted->clone();
  ASSERT_TRUE(lowerToKernels(*lowered)) << text;
  std::unique_ptr<KernelLibrary> kernels = KernelLibrary::compile(*lowered, variant);
  ASSERT_TRUE(kernels) << text;
  totals.kernels += static_cast<int64_t>(kernels->kernels);
  for (const auto &step : steps) {
    ++totals.draws;
    std::string error;
    totals.comparison.coarsest = step->coarsest;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      error =
          runDraw(*step, wanted->lookupSymbol<func::FuncOp>(step->name()),
                  lowered->lookupSymbol<func::FuncOp>(step->name()), *kernels, tolerance, attempt, totals);
      std::string otherwise = roundOtherwise(totals.comparison);
      for (const auto &[name, counts] : totals.comparison.otherwise) {
        totals.otherwise += counts.first;
        totals.rounded += step->rounds ? counts.second : 0;
      }
      totals.comparison.error.clear();
      totals.comparison.lengths.clear();
      totals.comparison.otherwise.clear();
      if (!error.empty() || otherwise.empty())
        break;
      if (attempt + 1 == kAttempts)
        error = otherwise;
    }
    if (!error.empty())
      ADD_FAILURE() << "seed " << step->seed << ", " << variant.name.str()
                    << ", again with V4_SEED=" << step->seed << " V4_DRAWS=1\n"
                    << error << "\n"
                    << step->function(rowTileOf(step->seed));
  }
}

} // namespace

void checkDraws(ArrayRef<uint64_t> seeds, llvm::function_ref<void(StepText &)> make, double tolerance) {
  std::vector<HostVariant> variants = runnableVariants();
  Totals totals;
  for (size_t v = 0; v < variants.size(); ++v) {
    std::vector<std::unique_ptr<StepText>> steps;
    for (uint64_t seed : seeds) {
      if (seed % variants.size() != v)
        continue;
      steps.push_back(std::make_unique<StepText>(seed));
      make(*steps.back());
    }
    for (size_t begin = 0; begin < steps.size(); begin += kBatch)
      runBatch(ArrayRef(steps).slice(begin, std::min(kBatch, steps.size() - begin)), variants[v], tolerance,
               totals);
  }
  std::printf("  %lld draws, %lld kernels, %lld values compared, %lld draws left out for close choices; "
              "largest distance "
              "%.2g (%s, seed %llu); of %lld rows that may be rounded %lld are so otherwise\n",
              static_cast<long long>(totals.draws), static_cast<long long>(totals.kernels),
              static_cast<long long>(totals.comparison.values), static_cast<long long>(totals.close),
              totals.comparison.largest, totals.comparison.where.c_str(),
              static_cast<unsigned long long>(totals.worst), static_cast<long long>(totals.rounded),
              static_cast<long long>(totals.otherwise));
  EXPECT_LE(totals.close, totals.draws / 10) << "too many draws with close choices to be a test";
}

} // namespace v4test

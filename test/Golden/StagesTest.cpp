// Every stage of a compiled model with the published roundings, recomputed in double precision from the
// values that the compiled model had before it. Such models are chaotic as a whole, since a value that rounds
// the other way may move a step of FP8 or FP4 further on; stage by stage they are not (manifest.json of the
// fixture has the limits).
#include "codegen/Import/ImportModel.h"
#include "dialects/V4/Reference/Executor.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "test/Golden/Model.h"
#include "test/Support/Scratch.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

namespace v4test {

namespace reference = mlir::v4::reference;
using llvm::StringRef;
using nlohmann::json;

static constexpr char kFixture[] = "ref-fp8fp4";

namespace {

/// How far a tensor is from the one that is wanted: the share of equal elements, the largest error of a row
/// over its size, and the farthest element in units of 2^-8 of its value or its row's size (root mean
/// square).
struct Difference {
  double identical = 1, rowError = 0, worst = 0;
};

struct Limits {
  explicit Limits(const json &manifest) : all(manifest.at("tolerances").at("stages")) {}

  const json &of(StringRef name) const {
    for (const auto &[stage, limits] : all.items())
      if (name == stage || name.ends_with("." + stage))
        return limits;
    return all.at("everything else");
  }
  json all;
};

Difference differenceOf(const Tensor &wanted, const reference::Tensor &found) {
  Difference difference;
  int64_t equal = 0, width = wanted.width();
  for (int64_t r = 0; r < wanted.rows(); ++r) {
    double squares = 0, errors = 0, size = 0;
    for (int64_t i = 0; i < width; ++i)
      squares += std::isfinite(wanted.row(r)[i]) ? wanted.row(r)[i] * wanted.row(r)[i] : 0;
    size = std::max(std::sqrt(squares / static_cast<double>(width)), 1e-30);
    for (int64_t i = 0; i < width; ++i) {
      double a = wanted.row(r)[i], b = found.row(r)[i];
      // What is stored as float32 was rounded to it.
      bool same = a == b || a == static_cast<float>(b);
      equal += same;
      double error = same ? 0 : std::abs(a - b);
      errors += error * error;
      difference.worst = std::max(difference.worst, error / std::max(std::abs(a), size) * 256);
    }
    difference.rowError =
        std::max(difference.rowError, std::sqrt(errors / static_cast<double>(width)) / size);
  }
  difference.identical = static_cast<double>(equal) / static_cast<double>(wanted.values.size());
  return difference;
}

struct Case {
  std::string name, file, setting, variant;
};

class Stages : public testing::TestWithParam<Case> {
protected:
  void import(const std::string &setting) {
    std::string error;
    checkpoint = v4rt::checkpoint::Checkpoint::open(data(kFixture),
                                                    v4rt::checkpoint::Checkpoint::Weights::required, error);
    ASSERT_TRUE(checkpoint) << error;
    mlir::v4::ImportOptions options;
    if (!setting.empty())
      options.numericsOptions = {setting};
    auto imported = importModel(context, *checkpoint, options, error);
    ASSERT_TRUE(succeeded(imported)) << error;
    module = std::move(*imported);
    weights = std::make_unique<reference::CheckpointWeights>(*checkpoint);
    module->walk([&](mlir::v4::EntryWriteOp write) {
      auto name = mlir::cast<mlir::NameLoc>(write.getInput().getLoc());
      ratios[name.getName().str()] = static_cast<int64_t>(write.getRatio());
    });
  }

  void compare(StringRef name, const Tensor &wanted, const reference::Tensor &found) {
    ++stages;
    Difference difference = differenceOf(wanted, found);
    const json &limit = limits.of(name);
    EXPECT_GE(difference.identical, limit.at("identical").get<double>()) << name.str();
    EXPECT_LE(difference.rowError, limit.at("row_error").get<double>()) << name.str();
    EXPECT_LE(difference.worst, limit.at("worst").get<double>()) << name.str();
  }

  /// The value that the executor goes on with: the compiled model's.
  void teach(StringRef name, reference::Tensor &value) {
    if (name.ends_with(".entry")) {
      teachEntries(name, value);
      return;
    }
    auto found = compiledValues.find(name.str());
    if (found == compiledValues.end() || name == "logits")
      return;
    Tensor wanted = found->second;
    if (name.ends_with(".topk")) {
      compareSets(name, wanted, value);
      return;
    }
    ASSERT_EQ(wanted.rows(), value.rows()) << name.str();
    // Index scores: the compiled model's are as wide as there are entries.
    for (int64_t r = 0; r < wanted.rows(); ++r)
      for (int64_t i = wanted.width(); i < value.width(); ++i)
        ASSERT_EQ(value.row(r)[i], -INFINITY) << name.str();
    reference::Tensor part({wanted.rows(), wanted.width()});
    for (int64_t r = 0; r < wanted.rows(); ++r)
      std::copy_n(value.row(r), wanted.width(), part.row(r));
    compare(name, wanted, part);
    for (int64_t r = 0; r < wanted.rows(); ++r)
      std::copy_n(wanted.row(r), wanted.width(), value.row(r));
  }

  /// Rows that close a block become its entry.
  void teachEntries(StringRef name, reference::Tensor &value) {
    auto found = compiledValues.find(name.drop_back(StringRef("entry").size()).str() + "entries");
    ASSERT_NE(found, compiledValues.end()) << name.str();
    const Tensor &wanted = found->second;
    if (wanted.rows() == 0)
      return;
    int64_t ratio = ratios.at(name.str());
    reference::Tensor closed({wanted.rows(), wanted.width()});
    for (int64_t e = 0; e < wanted.rows(); ++e)
      std::copy_n(value.row((e + 1) * ratio - 1), wanted.width(), closed.row(e));
    compare(found->first, wanted, closed);
    for (int64_t e = 0; e < wanted.rows(); ++e)
      std::copy_n(wanted.row(e), wanted.width(), value.row((e + 1) * ratio - 1));
  }

  void compareSets(StringRef name, const Tensor &wanted, const reference::Tensor &found) {
    ++stages;
    for (int64_t r = 0; r < wanted.rows(); ++r) {
      std::multiset<double> a(wanted.row(r), wanted.row(r) + wanted.width()),
          b(found.row(r), found.row(r) + found.width());
      a.erase(-1);
      b.erase(-1);
      EXPECT_EQ(a, b) << name.str() << ", row " << r;
    }
  }

  Limits limits{json::parse(readFile(data(std::string(kFixture) + "/manifest.json")))};
  mlir::MLIRContext context;
  std::unique_ptr<v4rt::checkpoint::Checkpoint> checkpoint;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::unique_ptr<reference::CheckpointWeights> weights;
  std::map<std::string, int64_t> ratios; // by the name of what is written to the entries
  TensorFile compiledValues;
  size_t stages = 0;
};

} // namespace

TEST_P(Stages, FromTheCompiledModelsValues) {
  const Case &how = GetParam();
  std::vector<std::string> options = {"--numerics", "reference"};
  if (!how.setting.empty())
    options.insert(options.end(), {"--set", how.setting});
  std::vector<int> ids = goldens(kFixture, how.file).at("tokens").integers();
  for (const std::string &option : targetOptions(how.variant))
    options.push_back(option);
  compiledValues = eval(compiled(kFixture, options), ids, {.activations = true, .variant = how.variant});
  ASSERT_TRUE(compiledValues.count("logits"));
  import(how.setting);

  // One step, larger than a compiled model's: rings have to hold all of it.
  reference::Executor executor(weights.get());
  executor.setTeacher([&](StringRef name, reference::Tensor &value) { teach(name, value); });
  auto count = static_cast<int64_t>(ids.size());
  reference::Tensor tokens({count}, {ids.begin(), ids.end()}), slots({count}), positions({count});
  std::iota(positions.data.begin(), positions.data.end(), 0.0);
  auto results =
      executor.run(module->lookupSymbol<mlir::func::FuncOp>("step"), {tokens, slots, positions, positions});
  ASSERT_TRUE(static_cast<bool>(results)) << llvm::toString(results.takeError());
  compare("logits", compiledValues.at("logits"), results->front());
  printf("%zu stages\n", stages);
  EXPECT_GT(stages, 100u);
}

static std::vector<Case> cases() {
  std::vector<Case> all;
  for (const std::string &variant : variantsAndTargets())
    all.push_back({"trace_" + variant, "trace.safetensors", "", variant});
  for (const char *setting : {"act_quant=none", "kv_quant=none", "indexer=fp8", "indexer=bf16",
                              "index_score=f32", "wo_a=fp8", "compressor=bf16", "router=bf16",
                              "expert_weight=post_w2", "q_norm=f32", "rope_table=bf16", "mhc=bf16"})
    all.push_back({identifier(setting), "trace.safetensors", setting, variants().back()});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Published, Stages, testing::ValuesIn(cases()),
                         [](const testing::TestParamInfo<Case> &info) { return info.param.name; });

// Logits of a long prompt and of forced steps: with roundings only coarsely the golden's, which finds gross
// mistakes.
TEST(PublishedNumerics, WholeModel) {
  json limits =
      json::parse(readFile(data(std::string(kFixture) + "/manifest.json")))["tolerances"]["whole_model"];
  TensorFile golden = goldens(kFixture, "decode.safetensors");
  std::vector<int> ids = golden.at("tokens").integers();
  int prompt = golden.at("prefill_length").integers()[0];
  TensorFile mine = eval(compiled(kFixture, {"--numerics", "reference"}), ids,
                         {.decode = static_cast<int>(ids.size()) - prompt});
  ASSERT_TRUE(mine.count("logits"));
  const Tensor &wanted = golden.at("logits"), &found = mine.at("logits");
  std::vector<double> divergences;
  int agree = 0;
  for (int64_t r = 0; r < wanted.rows(); ++r) {
    const double *a = wanted.row(r), *b = found.row(found.rows() - wanted.rows() + r);
    int64_t width = wanted.width();
    auto logSum = [&](const double *row) {
      double top = *std::max_element(row, row + width), sum = 0;
      for (int64_t i = 0; i < width; ++i)
        sum += std::exp(row[i] - top);
      return top + std::log(sum);
    };
    double sumA = logSum(a), sumB = logSum(b), divergence = 0;
    for (int64_t i = 0; i < width; ++i)
      divergence += std::exp(a[i] - sumA) * ((a[i] - sumA) - (b[i] - sumB));
    divergences.push_back(divergence);
    agree += std::max_element(a, a + width) - a == std::max_element(b, b + width) - b;
  }
  std::sort(divergences.begin(), divergences.end());
  double mean =
      std::accumulate(divergences.begin(), divergences.end(), 0.0) / static_cast<double>(divergences.size());
  double median = divergences[divergences.size() / 2], same = agree / static_cast<double>(divergences.size());
  printf("KL mean %.2e, median %.2e, first choice %.3f\n", mean, median, same);
  EXPECT_LE(mean, limits["kl_mean"].get<double>());
  EXPECT_LE(median, limits["kl_median"].get<double>());
  EXPECT_GE(same, limits["first_choice"].get<double>());
}

} // namespace v4test

// Values in between, layer by layer, against the traces of the fixtures.
#include "test/Golden/Compare.h"
#include "test/Golden/Model.h"

#include <algorithm>
#include <cmath>

namespace v4test {

static bool endsWith(const std::string &text, const std::string &end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

static const char *const kNotValues[] = {
    "input_ids", "rows", "argmax", "logits_f32", "inv_freq", // about the run
};

static bool isValue(const std::string &name) {
  return std::none_of(std::begin(kNotValues), std::end(kNotValues),
                      [&](const char *end) { return endsWith(name, end); });
}

// A margin is a difference of scores: of the largest one of its row, this may be off.
static constexpr double kMarginTolerance = 3e-5;

/// [heads, rows, columns] as one row a head and position.
static Tensor byHead(Tensor tensor) {
  tensor.shape = {tensor.shape[0] * tensor.shape[1], tensor.shape[2]};
  return tensor;
}

/// The rows of byHead() that positions `rows` of `length` have.
static std::vector<int> rowsByHead(int64_t heads, int64_t length, const std::vector<int> &rows) {
  std::vector<int> result;
  for (int64_t head = 0; head < heads; ++head)
    for (int row : rows)
      result.push_back(static_cast<int>(head * length + row));
  return result;
}

/// "layers.3", or the name itself after the layers.
static std::string layerOf(const std::string &name) {
  return name.rfind("layers.", 0) == 0 ? name.substr(0, name.find('.', 7)) : name;
}

// What is compared of one golden tensor: its name in `v4run eval`'s output and the rows there.
struct Wanted {
  std::string name;
  std::vector<int> rows;
};

using Case = std::tuple<std::string, std::string>; // fixture, kernel variant

class GoldenTrace : public testing::TestWithParam<Case> {
protected:
  std::string fixture = std::get<0>(GetParam());
  std::string variant = std::get<1>(GetParam());

  // Compares one tensor and returns its error.
  double compare(const TensorFile &mine, const std::string &goldenName, const Tensor &golden,
                 const Wanted &wanted) {
    auto found = mine.find(wanted.name);
    if (found == mine.end()) {
      ADD_FAILURE() << wanted.name << " is not in the output";
      return 0;
    }
    if (golden.isInteger) {
      int64_t row = firstDifferent(found->second, golden, wanted.rows, endsWith(goldenName, ".topk"));
      EXPECT_EQ(row, -1) << goldenName << " differs in row " << row;
      return row < 0 ? 0 : INFINITY;
    }
    if (endsWith(goldenName, ".margin"))
      return compareMargins(mine, goldenName, golden, wanted);
    std::string why;
    if (endsWith(goldenName, "attn.probs")) {
      const std::vector<int64_t> &shape = found->second.shape, &want = golden.shape;
      EXPECT_EQ(shape.size(), 3u) << goldenName;
      if (shape.size() != 3 || shape[0] != want[0] || shape[2] != want[2]) {
        ADD_FAILURE() << goldenName << " has another number of heads or columns";
        return INFINITY;
      }
      Distance worst =
          farthest(byHead(found->second), byHead(golden), rowsByHead(shape[0], shape[1], wanted.rows), why);
      EXPECT_LE(worst.error, kTolerance) << goldenName << ", head and position " << worst.row << " " << why;
      return worst.error;
    }
    Distance worst = farthest(found->second, golden, wanted.rows, why);
    EXPECT_LE(worst.error, kTolerance) << goldenName << ", row " << worst.row << " " << why;
    return worst.error;
  }

  // The error is of the largest finite score of the row.
  double compareMargins(const TensorFile &mine, const std::string &goldenName, const Tensor &golden,
                        const Wanted &wanted) {
    const Tensor &margin = mine.at(wanted.name);
    const Tensor &scores =
        mine.at(wanted.name.substr(0, wanted.name.size() - std::string("margin").size()) + "scores");
    double worst = 0;
    for (int64_t i = 0; i < golden.rows(); ++i) {
      int row = wanted.rows[i];
      if (row >= margin.rows() || row >= scores.rows()) {
        ADD_FAILURE() << goldenName << " has no row " << row;
        return INFINITY;
      }
      double a = *margin.row(row), b = *golden.row(i), largest = 0;
      for (int64_t j = 0; j < scores.width(); ++j)
        if (std::isfinite(scores.row(row)[j]))
          largest = std::max(largest, std::abs(scores.row(row)[j]));
      double error = a == b ? 0 : std::abs(a - b) / largest; // inf only equals inf
      EXPECT_LE(error, kMarginTolerance) << goldenName << ", row " << i;
      if (!(error <= worst))
        worst = error;
    }
    return worst;
  }

  template <typename WantedOf> void compareAll(const std::string &file, WantedOf wantedOf) {
    std::string artifact = compiled(fixture, targetOptions(variant));
    TensorFile golden = goldens(fixture, file);
    TensorFile mine =
        eval(artifact, golden.at("input_ids").integers(), {.activations = true, .variant = variant});
    ASSERT_FALSE(mine.empty());
    std::map<std::string, std::pair<double, std::string>> worst; // of each layer
    size_t compared = 0;
    for (const auto &[name, tensor] : golden) {
      if (!isValue(name))
        continue;
      ++compared;
      double error = compare(mine, name, tensor, wantedOf(name, tensor, golden));
      auto &layer = worst[layerOf(name)];
      if (layer.second.empty() || !(error <= layer.first))
        layer = {error, name};
    }
    for (const auto &[layer, farthest] : worst)
      printf("%-12s %.2e %s\n", layer.c_str(), farthest.first, farthest.second.c_str());
    printf("%zu tensors compared\n", compared);
    EXPECT_GT(compared, 0u);
  }
};

// A short run with everything; `rows` says which positions the golden keeps. Entries and kv are kept whole.
TEST_P(GoldenTrace, Trace) {
  compareAll("trace.safetensors",
             [](const std::string &name, const Tensor &tensor, const TensorFile &golden) {
               bool whole = endsWith(name, ".entries") || endsWith(name, "attn.kv");
               return Wanted{name, whole ? range(tensor.rows()) : golden.at("rows").integers()};
             });
}

// The long run: routing and top-k of all positions, streams of the last ones.
TEST_P(GoldenTrace, Prefill) {
  compareAll("prefill.safetensors",
             [](const std::string &name, const Tensor &tensor, const TensorFile &golden) {
               int64_t length = golden.at("input_ids").rows();
               std::string mine = name.substr(0, name.find(".last"));
               if (mine == "logits_f64")
                 mine = "logits";
               return Wanted{mine, range(tensor.rows(), length - tensor.rows())};
             });
}

INSTANTIATE_TEST_SUITE_P(Fixtures, GoldenTrace,
                         testing::Combine(testing::Values("micro-f32", "micro-odd", "micro-fp8fp4",
                                                          "tiny-chat", "tiny-chat-fp8fp4"),
                                          testing::ValuesIn(variantsAndTargets())),
                         [](const testing::TestParamInfo<Case> &info) {
                           return identifier(std::get<0>(info.param) + "_" + std::get<1>(info.param));
                         });

} // namespace v4test

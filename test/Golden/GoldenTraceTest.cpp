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
    "input_ids",  "rows", "argmax", "logits_f32", "inv_freq", // about the run
    ".margin",                                                // how clear the oracle's choices were
    "attn.probs", // attention weights, never formed as a tensor by a kernel
};

static bool isValue(const std::string &name) {
  return std::none_of(std::begin(kNotValues), std::end(kNotValues),
                      [&](const char *end) { return endsWith(name, end); });
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
    std::string why;
    Distance worst = farthest(found->second, golden, wanted.rows, why);
    EXPECT_LE(worst.error, kTolerance) << goldenName << ", row " << worst.row << " " << why;
    return worst.error;
  }

  template <typename WantedOf> void compareAll(const std::string &file, WantedOf wantedOf) {
    std::string artifact = compiled(fixture);
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
                                                          "tiny-chat-fp8fp4"),
                                          testing::ValuesIn(variants())),
                         [](const testing::TestParamInfo<Case> &info) {
                           return identifier(std::get<0>(info.param) + "_" + std::get<1>(info.param));
                         });

} // namespace v4test

#include "tools/v4run/DerivedActivations.h"

#include "tools/v4run/Failure.h"

#include <cmath>
#include <gtest/gtest.h>

namespace v4run {

namespace {

const std::string kLayer = "layers.1.", kEntries = kLayer + "attn.compressor.entries";

template <typename T>
void show(Activations &activations, const std::string &name, std::vector<int64_t> shape,
          const std::vector<T> &values) {
  Activations::observer(&activations, name.c_str(), std::is_same_v<T, float> ? V4_F32 : V4_I32,
                        static_cast<int32_t>(shape.size()), shape.data(), values.data());
}

std::vector<float> floats(Activations &activations, const std::string &name) {
  const Activations::Value &value = activations.valuesOf(0).at(name);
  return {value.floats(0), value.floats(0) + value.words.size()};
}

std::optional<std::vector<float>> noWeights(const std::string &) { return std::nullopt; }

// Without scores to compare every column and the sink have equal shares, so that a row shows what is visible.
class Probs : public testing::Test {
protected:
  static std::optional<std::vector<float>> sink(const std::string &name) {
    if (name != kLayer + "attn.attn_sink")
      return std::nullopt;
    return std::vector<float>{0};
  }

  // Four positions, entries of two tokens.
  void start(Activations &activations, bool withTopk) {
    activations.beginStep({0, 0, 0, 0});
    show(activations, kLayer + "attn.q", {4, 1, 4}, std::vector<float>(16, 1));
    show(activations, kLayer + "attn.kv", {4, 4}, std::vector<float>(16));
    activations.addEntries(0, kEntries, Activations::DType::f32, 4, std::vector<float>(8));
    if (withTopk)
      show(activations, kLayer + "attn.indexer.topk", {4, 1}, std::vector<int32_t>{-1, 0, 0, 1});
    activations.finish();
  }
};

TEST_F(Probs, WindowAndAllEntries) {
  Activations activations({{0, 4}}, {{kEntries, 2}});
  start(activations, false);
  EXPECT_EQ(addDerived(activations, 2, sink), "");
  EXPECT_EQ(activations.valuesOf(0).at(kLayer + "attn.probs").rowShape, std::vector<int64_t>({4, 6}));
  const float a = 0.5f, b = 0.25f, c = 0.2f;
  EXPECT_EQ(floats(activations, kLayer + "attn.probs"),
            std::vector<float>({a, 0, 0, 0, 0, 0, b, b, 0, 0, b, 0, 0, b, b, 0, b, 0, 0, 0, c, c, c, c}));
}

TEST_F(Probs, ChosenEntries) {
  Activations activations({{0, 4}}, {{kEntries, 2}});
  start(activations, true);
  EXPECT_EQ(addDerived(activations, 2, sink), "");
  const float a = 0.5f, b = 0.25f;
  EXPECT_EQ(floats(activations, kLayer + "attn.probs"),
            std::vector<float>({a, 0, 0, 0, 0, 0, b, b, 0, 0, b, 0, 0, b, b, 0, b, 0, 0, 0, b, b, 0, b}));
}

// Scores 2 * 3 / sqrt(4) and 0, a sink of 1; two heads that differ in the sign of the query.
TEST_F(Probs, ScaleAndSink) {
  Activations activations({{0, 2}}, {});
  activations.beginStep({0, 0});
  show(activations, "layers.0.attn.q", {2, 2, 4},
       std::vector<float>{2, 0, 0, 0, -2, 0, 0, 0, 2, 0, 0, 0, -2, 0, 0, 0});
  show(activations, "layers.0.attn.kv", {2, 4}, std::vector<float>{0, 0, 0, 0, 3, 0, 0, 0});
  activations.finish();
  EXPECT_EQ(addDerived(activations, 8, [](const std::string &) { return std::vector<float>{1, -1}; }), "");
  std::vector<float> probs = floats(activations, "layers.0.attn.probs");
  double first = 1 + std::exp(1) + std::exp(3), second = 1 + std::exp(-1) + std::exp(-3);
  std::vector<double> wanted = {1 / (1 + std::exp(1)),  0, 1 / first,  std::exp(3) / first,
                                1 / (1 + std::exp(-1)), 0, 1 / second, std::exp(-3) / second};
  ASSERT_EQ(probs.size(), wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i)
    EXPECT_NEAR(probs[i], wanted[i], 1e-7) << i;
}

TEST_F(Probs, LeftOut) {
  Activations large({{0, 4}}, {{kEntries, 2}});
  start(large, false);
  EXPECT_NE(addDerived(large, 2, sink, 4 * 6 * 4 - 1).find("left out"), std::string::npos);
  EXPECT_EQ(large.valuesOf(0).count(kLayer + "attn.probs"), 0u);
  EXPECT_EQ(addDerived(large, 2, sink, 4 * 6 * 4), "");
  Activations late({{3, 4}}, {{kEntries, 2}});
  start(late, false);
  EXPECT_NE(addDerived(late, 2, sink).find("position 3"), std::string::npos);
}

TEST_F(Probs, Wrong) {
  Activations noSink({{0, 4}}, {{kEntries, 2}});
  start(noSink, false);
  EXPECT_THROW(addDerived(noSink, 2, noWeights), Failure);
  EXPECT_THROW(addDerived(noSink, 2, [](const std::string &) { return std::vector<float>{1, 2}; }), Failure);
  Activations noRatio({{0, 4}}, {});
  start(noRatio, false);
  EXPECT_THROW(addDerived(noRatio, 2, sink), Failure);
}

class Margin : public testing::Test {
protected:
  const std::string gate = "layers.2.ffn.gate.";
  Activations activations{{{5, 2}}, {}};

  void start(std::vector<int32_t> indices) {
    activations.beginStep({0, 0});
    show(activations, gate + "scores", {2, 3}, std::vector<float>{1, 2, 4, 3, 2, 1});
    show(activations, gate + "indices", {2, static_cast<int64_t>(indices.size()) / 2}, indices);
    activations.finish();
  }
  static std::optional<std::vector<float>> bias(const std::string &name) {
    return name == "layers.2.ffn.gate.bias" ? std::optional(std::vector<float>{0, 8, 0.5f}) : std::nullopt;
  }
};

TEST_F(Margin, OfScoreAndBias) {
  start({1, 2, 0, 1});
  EXPECT_EQ(addDerived(activations, 8, bias), "");
  EXPECT_EQ(floats(activations, gate + "margin"), std::vector<float>({3.5f, 1.5f}));
}

TEST_F(Margin, NothingRejected) {
  start({0, 1, 2, 0, 1, 2});
  addDerived(activations, 8, bias);
  EXPECT_EQ(floats(activations, gate + "margin"), std::vector<float>({INFINITY, INFINITY}));
}

TEST_F(Margin, NotWithoutBias) {
  start({1, 2, 0, 1});
  addDerived(activations, 8, noWeights);
  EXPECT_EQ(activations.valuesOf(0).count(gate + "margin"), 0u);
}

TEST_F(Margin, NoSuchExpert) {
  start({1, 3, 0, 1});
  EXPECT_THROW(addDerived(activations, 8, bias), Failure);
}

} // namespace
} // namespace v4run

// Routing and experts.
#include "test/Numerics/RandomStep.h"

#include <gtest/gtest.h>

namespace v4test {
namespace {

/// scores, indices, weights
std::vector<Val> route(StepText &step, int64_t experts, int64_t chosen, bool integers) {
  Draw &draw = step.draw;
  Val logits = step.input({experts}, integers ? StepText::fillIntegers : StepText::fillNormal);
  std::string how = draw.pick({" sqrtsoftplus", " sqrtsoftplus", " sigmoid", " softmax"}) +
                    std::string(" scaling ") + real(draw.pick({1.0, 1.5, 2.5}));
  std::vector<std::string> types = {rowsType({experts}), rowsType({chosen}, "i32"), rowsType({chosen})};
  if (draw.chance(40)) {
    step.vocabulary = draw.size(1, 60);
    Val table =
        step.weight("tid2eid", std::to_string(step.vocabulary) + "x" + std::to_string(chosen) + "xi64");
    step.ids = experts;
    return step.op("v4.hash_route $, $ in $" + how, {logits, step.tokens, table}, types);
  }
  Val bias = step.weight(integers ? "integers_bias" : "bias", drawPlainType(draw, {experts}));
  return step.op("v4.route $, $" + how, {logits, bias}, types);
}

void drawRowsOfSteps(StepText &step, int64_t rows) {
  for (int64_t i = step.draw.between(1, 2); i > 0; --i)
    step.steps.push_back(drawRows(step.draw, step.draw.size(1, rows), 100, step.vocabulary));
}

TEST(Random, Route) {
  checkDraws(drawSeeds(10000, 30), [](StepText &step) {
    int64_t experts = step.draw.size(1, 300);
    int64_t chosen = step.draw.chance(20) ? experts : step.draw.size(1, std::min<int64_t>(experts, 12));
    route(step, experts, chosen, /*integers=*/step.draw.chance(30));
    drawRowsOfSteps(step, 12);
  });
}

TEST(Random, Experts) {
  checkDraws(drawSeeds(11000, 40), [](StepText &step) {
    Draw &draw = step.draw;
    int64_t experts = draw.size(1, 9), chosen = draw.between(1, std::min<int64_t>(experts, 4));
    int64_t size = draw.size(2, 150), inner = draw.chance(20) ? draw.pick({1, 17, 33}) : draw.size(1, 100);
    // Rows of whole blocks are multiplied in digits.
    bool wholeBlocks = draw.chance(40);
    if (wholeBlocks) {
      size = 32 * draw.between(1, 5);
      inner = 32 * draw.between(1, 3);
    }
    std::string limit = " limit " + real(draw.chance(50) ? 0.0 : draw.pick({0.3, 1.0, 10.0}));
    Val x = step.input({size});
    // What each matrix makes, and the result with it, is BF16 or nothing is.
    bool narrow = step.rounds && draw.chance(60), quantises = step.rounds && draw.chance(50);
    std::string type = rowsType({size}, narrow ? "bf16" : "f32"), options;
    if (narrow)
      options += "activations = \"bf16\", ";
    if (quantises)
      options += "act_quant = \"fp8_128\", ";
    options += std::string("expert_weight = ") + (draw.chance(50) ? "\"pre_w2\"" : "\"post_w2\"");
    std::string numerics = " {numerics = #v4.numerics<hf, {" + options + "}>}";
    if (quantises)
      step.coarsest = 0.125;
    Val result;
    if (draw.chance(70)) {
      std::vector<Val> routed = route(step, experts, chosen, /*integers=*/false);
      std::string up = drawMatrixType(draw, {experts, inner, size}),
                  down = drawMatrixType(draw, {experts, size, inner});
      if (quantises && (wholeBlocks || draw.chance(30)))
        x = step.one("v4.fake_quantise $ to e4m3 block 128", {x}, rowsType({size}));
      result = step.one("v4.experts $, $, $, $, $, $" + limit + numerics,
                        {x, routed[1], routed[2], step.weight("{e}.w1", up), step.weight("{e}.w3", up),
                         step.weight("{e}.w2", down)},
                        narrow ? step.rows({size}) : type);
    }
    if (result.name.empty() || draw.chance(60)) {
      std::string up = drawMatrixType(draw, {inner, size});
      Val shared = step.one("v4.shared_expert $, $, $, $" + limit + numerics,
                            {x, step.weight("w1", up), step.weight("w3", up),
                             step.weight("w2", drawMatrixType(draw, {size, inner}))},
                            type);
      if (!result.name.empty())
        step.one("v4.add $, $", {result, shared}, step.rows({size}));
    }
    drawRowsOfSteps(step, 10);
  });
}

} // namespace
} // namespace v4test

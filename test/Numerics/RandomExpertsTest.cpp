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
  checkDraws(drawSeeds(11000, 30), [](StepText &step) {
    Draw &draw = step.draw;
    int64_t experts = draw.size(1, 9), chosen = draw.between(1, std::min<int64_t>(experts, 4));
    int64_t size = draw.size(2, 150), inner = draw.size(1, 100);
    std::string limit = " limit " + real(draw.chance(50) ? 0.0 : draw.pick({0.3, 1.0, 10.0}));
    Val x = step.input({size});
    Val result;
    if (draw.chance(70)) {
      std::vector<Val> routed = route(step, experts, chosen, /*integers=*/false);
      std::string up = drawMatrixType(draw, {experts, inner, size}),
                  down = drawMatrixType(draw, {experts, size, inner});
      result = step.one("v4.experts $, $, $, $, $, $" + limit,
                        {x, routed[1], routed[2], step.weight("{e}.w1", up), step.weight("{e}.w3", up),
                         step.weight("{e}.w2", down)},
                        x.type);
    }
    if (result.name.empty() || draw.chance(60)) {
      std::string up = drawMatrixType(draw, {inner, size});
      Val shared = step.one("v4.shared_expert $, $, $, $" + limit,
                            {x, step.weight("w1", up), step.weight("w3", up),
                             step.weight("w2", drawMatrixType(draw, {size, inner}))},
                            x.type);
      if (!result.name.empty())
        step.one("v4.add $, $", {result, shared}, x.type);
    }
    drawRowsOfSteps(step, 10);
  });
}

} // namespace
} // namespace v4test

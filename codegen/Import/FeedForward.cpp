// One layer's router and experts (report section 2.1, specification, section 6).
#include "codegen/Import/StepBuilder.h"

namespace mlir::v4 {

namespace {

struct Routes {
  Value indices;
  Value weights;
};

Routes importRouter(StepBuilder &step, const std::string &p, int64_t layer, Value input) {
  const ModelConfig &c = step.config;
  OpBuilder &b = step.builder;
  Value logits = step.linear(p + "gate.logits", input, p + "gate.weight", step.rowsOf({c.experts}, "router"));
  std::optional<ScoringFunc> scoring = symbolizeScoringFunc(c.scoring);
  assert(scoring && "scoring function that the config's check lets through");
  Location loc = step.at(p + "gate");
  Type chosen = step.ids({c.expertsPerToken}), weights = step.wideRows({c.expertsPerToken});
  Type scores = step.wideRows({c.experts});
  FloatAttr scaling = step.number(c.routedScaling);
  auto scoringAttr = ScoringFuncAttr::get(b.getContext(), *scoring);
  if (c.routesByToken(layer)) {
    auto route = HashRouteOp::create(b, loc, scores, chosen, weights, logits, step.tokens,
                                     step.weight(p + "gate.tid2eid", c.experts), scoringAttr, scaling);
    return {route.getIndices(), route.getWeights()};
  }
  auto route = RouteOp::create(b, loc, scores, chosen, weights, logits, step.weight(p + "gate.bias"),
                               scoringAttr, scaling);
  return {route.getIndices(), route.getWeights()};
}

} // namespace

Value importFeedForward(StepBuilder &step, const std::string &p, int64_t layer, Value input) {
  OpBuilder &b = step.builder;
  Routes routes = importRouter(step, p, layer, input);
  FloatAttr limit = step.number(step.config.swigluLimit);
  auto weight = [&](const char *of, const char *matrix) { return step.weight(p + of + matrix + ".weight"); };

  Value w1 = weight("experts.{e}.", "w1"), w3 = weight("experts.{e}.", "w3"),
        w2 = weight("experts.{e}.", "w2");
  // Summed over experts in float32.
  Value routed = ExpertsOp::create(b, step.at(p + "routed_out"), step.wideRows({step.config.hiddenSize}),
                                   step.quantised(input, w1), routes.indices, routes.weights, w1, w3, w2,
                                   limit, step.numerics);
  w1 = weight("shared_experts.", "w1"), w3 = weight("shared_experts.", "w3");
  w2 = weight("shared_experts.", "w2");
  Value shared = SharedExpertOp::create(b, step.at(p + "shared_out"), input.getType(),
                                        step.quantised(input, w1), w1, w3, w2, limit, step.numerics);
  return AddOp::create(b, step.at(p + "out"), input.getType(), routed, shared);
}

} // namespace mlir::v4

#include "dialects/V4/IR/Shapes.h"
#include "dialects/V4/IR/V4Dialect.h"

namespace mlir::v4 {

LogicalResult RouteOp::verify() {
  ShapeMatcher shapes(*this);
  return success(shapes.match("logits", getLogits(), {"T", "E"}) &&   // route_c1
                 shapes.match("bias", getBias(), {"E"}) &&            // route_c2
                 shapes.match("scores", getScores(), {"T", "E"}) &&   // route_c3
                 shapes.match("indices", getIndices(), {"T", "k"}) && // route_c4
                 shapes.match("weights", getWeights(), {"T", "k"}) && // route_c4
                 shapes.atMost("k", "E"));                            // route_c5
}

LogicalResult HashRouteOp::verify() {
  ShapeMatcher shapes(*this);
  return success(shapes.match("logits", getLogits(), {"T", "E"}) &&   // hash_route_c1
                 shapes.match("tokens", getTokens(), {"T"}) &&        // hash_route_c2
                 shapes.match("table", getTable(), {"V", "k"}) &&     // hash_route_c3
                 shapes.match("scores", getScores(), {"T", "E"}) &&   // hash_route_c4
                 shapes.match("indices", getIndices(), {"T", "k"}) && // hash_route_c5
                 shapes.match("weights", getWeights(), {"T", "k"}) && // hash_route_c5
                 shapes.atMost("k", "E"));                            // hash_route_c6
}

LogicalResult ExpertsOp::verify() {
  ShapeMatcher shapes(*this);
  return success(shapes.match("input", getInput(), {"T", "D"}) &&     // experts_c1
                 shapes.match("indices", getIndices(), {"T", "k"}) && // experts_c2
                 shapes.match("weights", getWeights(), {"T", "k"}) && // experts_c3
                 shapes.match("w1", getW1(), {"E", "I", "D"}) &&      // experts_c4
                 shapes.match("w3", getW3(), {"E", "I", "D"}) &&      // experts_c5
                 shapes.match("w2", getW2(), {"E", "D", "I"}) &&      // experts_c6
                 shapes.match("result", getResult(), {"T", "D"}));    // experts_c7
}

LogicalResult SharedExpertOp::verify() {
  ShapeMatcher shapes(*this);
  return success(shapes.match("input", getInput(), {"T", "D"}) &&  // shared_expert_c1
                 shapes.match("w1", getW1(), {"I", "D"}) &&        // shared_expert_c2
                 shapes.match("w3", getW3(), {"I", "D"}) &&        // shared_expert_c3
                 shapes.match("w2", getW2(), {"D", "I"}) &&        // shared_expert_c4
                 shapes.match("result", getResult(), {"T", "D"})); // shared_expert_c5
}

LogicalResult ExpertUpOp::verify() {
  ShapeMatcher shapes(*this);
  return success(shapes.match("input", getInput(), {"T", "D"}) &&                        // expert_up_c1
                 shapes.match("indices", getIndices(), {"T", "k"}) &&                    // expert_up_c2
                 (!getWeights() || shapes.match("weights", getWeights(), {"T", "k"})) && // expert_up_c3
                 shapes.match("w1", getW1(), {"E", "I", "D"}) &&                         // expert_up_c4
                 shapes.match("w3", getW3(), {"E", "I", "D"}) &&                         // expert_up_c5
                 shapes.match("result", getResult(), {"T", "k", "I"}));                  // expert_up_c6
}

LogicalResult ExpertDownOp::verify() {
  ShapeMatcher shapes(*this);
  return success(shapes.match("input", getInput(), {"T", "k", "I"}) &&                   // expert_down_c1
                 shapes.match("indices", getIndices(), {"T", "k"}) &&                    // expert_down_c2
                 shapes.match("w2", getW2(), {"E", "D", "I"}) &&                         // expert_down_c3
                 (!getWeights() || shapes.match("weights", getWeights(), {"T", "k"})) && // expert_down_c4
                 shapes.match("result", getResult(), {"T", "D"}));                       // expert_down_c5
}

LogicalResult SharedUpOp::verify() {
  ShapeMatcher shapes(*this);
  return success(shapes.match("input", getInput(), {"T", "D"}) &&  // shared_up_c1
                 shapes.match("w1", getW1(), {"I", "D"}) &&        // shared_up_c2
                 shapes.match("w3", getW3(), {"I", "D"}) &&        // shared_up_c3
                 shapes.match("result", getResult(), {"T", "I"})); // shared_up_c4
}

} // namespace mlir::v4

#include "dialects/V4/IR/Shapes.h"
#include "dialects/V4/IR/V4Dialect.h"

namespace mlir::v4 {

LogicalResult HcExpandOp::verify() {
  ShapeMatcher shapes(*this);
  return success(shapes.match("input", getInput(), {"T", "D"}) &&       // hc_expand_c1
                 shapes.match("result", getResult(), {"T", "n", "D"})); // hc_expand_c2
}

LogicalResult HcPreOp::verify() {
  ShapeMatcher shapes(*this);
  if (!shapes.match("streams", getStreams(), {"T", "n", "D"})) // hc_pre_c1
    return failure();
  int64_t n = shapes["n"];
  Dim mappings("(2+n)n", (2 + n) * n), flat("nD", n * shapes["D"]);
  bool isWeight = isa<WeightType>(getFn().getType());
  auto fn = isWeight ? SmallVector<Dim>{mappings, flat} : SmallVector<Dim>{"T", mappings};
  return success(shapes.match("fn", getFn(), fn) &&                       // hc_pre_c2
                 shapes.match("base", getBase(), {mappings}) &&           // hc_pre_c3
                 shapes.match("scale", getScale(), {{"scales", 3}}) &&    // hc_pre_c4
                 shapes.match("collapsed", getCollapsed(), {"T", "D"}) && // hc_pre_c5
                 shapes.match("pre", getPre(), {"T", "n"}) &&             // hc_pre_c6
                 shapes.match("post", getPost(), {"T", "n"}) &&           // hc_pre_c6
                 shapes.match("comb", getComb(), {"T", "n", "n"}));       // hc_pre_c7
}

LogicalResult HcPostOp::verify() {
  ShapeMatcher shapes(*this);
  return success(shapes.match("streams", getStreams(), {"T", "n", "D"}) && // hc_post_c1
                 shapes.match("output", getOutput(), {"T", "D"}) &&        // hc_post_c2
                 shapes.match("post", getPost(), {"T", "n"}) &&            // hc_post_c3
                 shapes.match("comb", getComb(), {"T", "n", "n"}) &&       // hc_post_c4
                 shapes.match("result", getResult(), {"T", "n", "D"}));    // hc_post_c5
}

LogicalResult HcHeadOp::verify() {
  ShapeMatcher shapes(*this);
  return success(shapes.match("streams", getStreams(), {"T", "n", "D"}) &&                // hc_head_c1
                 shapes.match("fn", getFn(), {"n", {"nD", shapes["n"] * shapes["D"]}}) && // hc_head_c2
                 shapes.match("base", getBase(), {"n"}) &&                                // hc_head_c3
                 shapes.match("scale", getScale(), {{"scales", 1}}) &&                    // hc_head_c4
                 shapes.match("result", getResult(), {"T", "D"}));                        // hc_head_c5
}

} // namespace mlir::v4

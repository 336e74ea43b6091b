#include "dialects/V4/IR/Shapes.h"
#include "dialects/V4/IR/V4Dialect.h"

namespace mlir::v4 {

LogicalResult IndexScoresOp::verify() {
  auto keys = cast<EntriesType>(getKeys().getType());
  if (getCodes() && !keys.isPackedAs(QuantFormat::e2m1, 32)) // index_scores_c6
    return emitOpError("takes codes of ")
           << keys << ", but wants all of a key packed as e2m1 in blocks of 32";
  ShapeMatcher shapes(*this);
  return success(shapes.match("query", getQuery(), {"T", "H", "d"}) && // index_scores_c1
                 shapes.match("weights", getWeights(), {"T", "H"}) &&  // index_scores_c2
                 shapes.match("keys", getKeys(), {"C", "d"}) &&        // index_scores_c3
                 shapes.match("slots", getSlots(), {"T"}) &&           // index_scores_c4
                 shapes.match("positions", getPositions(), {"T"}) &&   // index_scores_c4
                 shapes.match("result", getResult(), {"T", "C"}));     // index_scores_c5
}

LogicalResult IndexTopkOp::verify() {
  ShapeMatcher shapes(*this);
  return success(shapes.match("scores", getScores(), {"T", "C"}) &&  // index_topk_c1
                 shapes.match("positions", getPositions(), {"T"}) && // index_topk_c2
                 shapes.match("result", getResult(), {"T", "k"}) &&  // index_topk_c3
                 shapes.atMost("k", "C"));                           // index_topk_c4
}

LogicalResult WindowAttentionOp::verify() {
  ShapeMatcher shapes(*this);
  return success(shapes.match("query", getQuery(), {"T", "H", "d"}) &&  // window_attention_c1
                 shapes.match("ring", getRing(), {"R", "d"}) &&         // window_attention_c2
                 shapes.match("sink", getSink(), {"H"}) &&              // window_attention_c3
                 shapes.match("slots", getSlots(), {"T"}) &&            // window_attention_c4
                 shapes.match("positions", getPositions(), {"T"}) &&    // window_attention_c4
                 shapes.attributeAtMost("window", getWindow(), "R") &&  // window_attention_c5
                 shapes.match("result", getResult(), {"T", "H", "d"})); // window_attention_c6
}

LogicalResult CsaAttentionOp::verify() {
  ShapeMatcher shapes(*this);
  return success(shapes.match("query", getQuery(), {"T", "H", "d"}) &&  // csa_attention_c1
                 shapes.match("ring", getRing(), {"R", "d"}) &&         // csa_attention_c2
                 shapes.match("entries", getEntries(), {"C", "d"}) &&   // csa_attention_c3
                 shapes.match("topk", getTopk(), {"T", "k"}) &&         // csa_attention_c4
                 shapes.match("sink", getSink(), {"H"}) &&              // csa_attention_c5
                 shapes.match("slots", getSlots(), {"T"}) &&            // csa_attention_c6
                 shapes.match("positions", getPositions(), {"T"}) &&    // csa_attention_c6
                 shapes.attributeAtMost("window", getWindow(), "R") &&  // csa_attention_c7
                 shapes.match("result", getResult(), {"T", "H", "d"})); // csa_attention_c8
}

LogicalResult HcaAttentionOp::verify() {
  ShapeMatcher shapes(*this);
  return success(shapes.match("query", getQuery(), {"T", "H", "d"}) &&  // hca_attention_c1
                 shapes.match("ring", getRing(), {"R", "d"}) &&         // hca_attention_c2
                 shapes.match("entries", getEntries(), {"C", "d"}) &&   // hca_attention_c3
                 shapes.match("sink", getSink(), {"H"}) &&              // hca_attention_c4
                 shapes.match("slots", getSlots(), {"T"}) &&            // hca_attention_c5
                 shapes.match("positions", getPositions(), {"T"}) &&    // hca_attention_c5
                 shapes.attributeAtMost("window", getWindow(), "R") &&  // hca_attention_c6
                 shapes.match("result", getResult(), {"T", "H", "d"})); // hca_attention_c7
}

LogicalResult GroupHeadsOp::verify() {
  ShapeMatcher shapes(*this);
  if (!(shapes.match("input", getInput(), {"T", "H", "d"}) &&  // group_heads_c1
        shapes.match("cos", getCos(), {"T", "F"}) &&           // group_heads_c2
        shapes.match("sin", getSin(), {"T", "F"}) &&           // group_heads_c2
        shapes.atMost("F", "d", /*factor=*/2) &&               // group_heads_c3
        shapes.match("result", getResult(), {"T", "G", "w"}))) // group_heads_c4
    return failure();
  int64_t heads = shapes["H"], groups = shapes["G"];
  if (groups == 0 || heads % groups != 0) // group_heads_c4
    return emitOpError() << "has 'result' with " << groups << " groups, which do not divide the " << heads
                         << " heads of 'input'";
  Dim width("(H/G)d", heads / groups * shapes["d"]);
  return success(shapes.match("result", getResult(), {"T", "G", width})); // group_heads_c4
}

} // namespace mlir::v4

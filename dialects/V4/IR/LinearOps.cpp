#include "dialects/V4/IR/Shapes.h"
#include "dialects/V4/IR/V4Dialect.h"

namespace mlir::v4 {

static LogicalResult verifyValue(WeightOp op, ElementsAttr value) {
  ArrayRef<int64_t> wanted = op.getType().getShape(), shape = value.getShapedType().getShape();
  if (shape != wanted) // weight_op_c2
    return op.emitOpError() << "has a value of shape " << describeShape(shape) << " for a weight of shape "
                            << describeShape(wanted);
  Type element = value.getShapedType().getElementType();
  if (op.getType().isIds() ? !element.isInteger(64) : !isa<FloatType>(element)) // weight_op_c3
    return op.emitOpError() << "has a value of " << element << " elements for a weight of "
                            << op.getType().getElementType();
  return success();
}

LogicalResult WeightOp::verify() {
  bool isStack = getType().getShape().size() == 3;
  size_t marks = getName().count("{e}");
  if (!getValue() && marks != (isStack ? 1 : 0)) // weight_op_c1
    return emitOpError() << "of shape " << describeShape(getType().getShape()) << " needs a name with "
                         << (isStack ? "one '{e}'" : "no '{e}'") << ", but it is '" << getName() << "'";
  if (getValue() && failed(verifyValue(*this, *getValue())))
    return failure();
  bool isMatrix = getType().getShape().size() >= 2 && !getType().isIds();
  if (getLayout() && getLayout()->hasPanels() && !isMatrix) // weight_op_c4
    return emitOpError() << "has panels, which are for matrices of numbers, but the weight is " << getType();
  if (getLayout() && getLayout()->getStreams() > 1 &&
      getType().getOutputs() % getLayout()->getPanels() != 0) // weight_op_c6
    return emitOpError() << "has " << getType().getOutputs() << " outputs, which are no multiple of "
                         << getLayout()->getStreams() << " panels of " << getLayout()->getPanel();
  if (getIdsBelow() && !getType().isIds()) // weight_op_c5
    return emitOpError() << "bounds ids, but the weight is " << getType();
  return success();
}

LogicalResult EmbedOp::verify() {
  ShapeMatcher shapes(*this);
  return success(shapes.match("tokens", getTokens(), {"T"}) &&     // embed_c1
                 shapes.match("table", getTable(), {"V", "D"}) &&  // embed_c2
                 shapes.match("result", getResult(), {"T", "D"})); // embed_c3
}

LogicalResult GatherRowsOp::verify() {
  ShapeMatcher shapes(*this);
  if (!shapes.match("rows", getRows(), {"T"})) // gather_rows_c1
    return failure();
  SmallVector<int64_t> wanted(getInput().getType().getShape());
  if (!wanted.empty())
    wanted[0] = shapes["T"];
  ArrayRef<int64_t> found = getResult().getType().getShape();
  if (found != ArrayRef(wanted)) // gather_rows_c2
    return emitOpError() << "has 'result' of shape " << describeShape(found) << ", but "
                         << describeShape(wanted) << " is wanted";
  return success();
}

LogicalResult LinearOp::verify() {
  ShapeMatcher shapes(*this);
  return success(shapes.match("weight", getWeight(), {"N", "K"}) && // linear_c1
                 shapes.matchRow("input", getInput(), "T", "K") &&  // linear_c2
                 shapes.matchRow("result", getResult(), "T", "N")); // linear_c3
}

LogicalResult GroupedLinearOp::verify() {
  ShapeMatcher shapes(*this);
  return success(
      shapes.match("input", getInput(), {"T", "G", "K"}) &&                            // grouped_linear_c1
      shapes.match("result", getResult(), {"T", "G", "N"}) &&                          // grouped_linear_c2
      shapes.match("weight", getWeight(), {{"G*N", shapes["G"] * shapes["N"]}, "K"})); // grouped_linear_c3
}

LogicalResult ScaleOp::verify() {
  return success(ShapeMatcher(*this).matchSame("result", getResult(), "input", getInput())); // scale_c1
}

LogicalResult AddOp::verify() {
  ShapeMatcher shapes(*this);
  return success(shapes.matchSame("rhs", getRhs(), "lhs", getLhs()) &&      // add_c1
                 shapes.matchSame("result", getResult(), "lhs", getLhs())); // add_c2
}

LogicalResult RmsNormOp::verify() {
  ShapeMatcher shapes(*this);
  return success(shapes.match("input", getInput(), {"T", "D"}) &&  // rms_norm_c1
                 shapes.match("weight", getWeight(), {"D"}) &&     // rms_norm_c2
                 shapes.match("result", getResult(), {"T", "D"})); // rms_norm_c3
}

LogicalResult HeadNormOp::verify() {
  ShapeMatcher shapes(*this);
  return success(shapes.match("input", getInput(), {"T", "H", "d"}) &&  // head_norm_c1
                 shapes.match("result", getResult(), {"T", "H", "d"})); // head_norm_c2
}

LogicalResult RopeTableOp::verify() {
  ShapeMatcher shapes(*this);
  Dim pairs("F", getRope().getDims() / 2);
  return success(shapes.match("positions", getPositions(), {"T"}) && // rope_table_c1
                 shapes.match("cos", getCos(), {"T", pairs}) &&      // rope_table_c2
                 shapes.match("sin", getSin(), {"T", pairs}));       // rope_table_c2
}

LogicalResult RopeOp::verify() {
  ShapeMatcher shapes(*this);
  bool hasHeads = getInput().getType().getRank() == 3;
  return success((hasHeads ? shapes.match("input", getInput(), {"T", "H", "d"})
                           : shapes.match("input", getInput(), {"T", "d"})) &&  // rope_c1
                 shapes.match("cos", getCos(), {"T", "F"}) &&                   // rope_c2
                 shapes.match("sin", getSin(), {"T", "F"}) &&                   // rope_c2
                 shapes.atMost("F", "d", /*factor=*/2) &&                       // rope_c3
                 shapes.matchSame("result", getResult(), "input", getInput())); // rope_c4
}

} // namespace mlir::v4

// Buffers, weights and states: their sizes and verifiers.
#include "dialects/Rt/IR/RtDialect.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::rt {

static constexpr StringLiteral kExpert = "{e}";

static LogicalResult verifyOffset(Operation *op, std::optional<int64_t> offset) {
  if (offset && (*offset < 0 || *offset % 64 != 0))
    return op->emitOpError() << "is at byte " << *offset << ", wanted a multiple of 64";
  return success();
}

LogicalResult BufferOp::verify() {
  RankedTensorType type = getTensorType();
  bool fixedRows = type.getRank() > 0 && !ShapedType::isDynamicShape(type.getShape().drop_front());
  if (!fixedRows || type.getElementTypeBitWidth() % 8 != 0) // buffer_c1
    return emitOpError() << "needs rows of a static shape with elements of whole bytes, not " << type;
  return verifyOffset(*this, getOffset()); // buffer_c3
}

int64_t BufferOp::getBytes() {
  RankedTensorType type = getTensorType();
  int64_t rowElements = ShapedType::getNumElements(type.getShape().drop_front());
  return llvm::alignTo(getRows() * rowElements * (type.getElementTypeBitWidth() / 8), 64);
}

LogicalResult WeightOp::verify() {
  RankedTensorType type = getTensorType();
  if (!type.hasStaticShape() || type.getRank() < 1 || type.getRank() > 2) // weight_c1
    return emitOpError() << "needs a static shape of 1 or 2 dimensions, not " << type;
  if (getStack() > 1 && !getSource().contains(kExpert)) // weight_c2
    return emitOpError() << "stacks " << getStack() << " tensors, but '" << getSource() << "' names one";
  return verifyOffset(*this, getOffset()); // weight_c3
}

SmallVector<std::string> WeightOp::getSources() {
  auto [before, after] = getSource().split(kExpert);
  if (before.size() == getSource().size())
    return {getSource().str()};
  SmallVector<std::string> sources;
  for (int64_t expert = 0; expert < static_cast<int64_t>(getStack()); ++expert)
    sources.push_back((before + Twine(expert) + after).str());
  return sources;
}

Type WeightOp::getPackedElementType() {
  Type type = getTensorType().getElementType();
  return type.isInteger(64) ? IntegerType::get(getContext(), 32) : type;
}

int64_t WeightOp::getBytes() {
  ArrayRef<int64_t> shape = getTensorType().getShape();
  int64_t outputs = shape[0], inputs = shape.size() == 2 ? shape[1] : 1;
  int64_t bits = getPackedElementType().getIntOrFloatBitWidth();
  if (getLayout().getKind() != v4::WeightLayout::row_major)
    outputs = llvm::alignTo(outputs, getLayout().getPanel());
  // Two consecutive inputs in one byte; an odd one has a byte of its own.
  if (bits == 4)
    inputs = llvm::divideCeil(inputs, 2), bits = 8;
  return getStack() * outputs * inputs * (bits / 8);
}

// <panel, 16>: the attribute without its name.
static ParseResult parseLayout(OpAsmParser &parser, v4::LayoutAttr &layout) {
  layout = dyn_cast_if_present<v4::LayoutAttr>(v4::LayoutAttr::parse(parser, Type()));
  return success(static_cast<bool>(layout));
}

static void printLayout(OpAsmPrinter &printer, Operation *, v4::LayoutAttr layout) { layout.print(printer); }

LogicalResult StateOp::verify() {
  bool entries = isa<v4::EntriesType>(getType());
  if (!entries && !isa<v4::RingType>(getType()))
    return emitOpError() << "needs a ring or entries, not " << getType();
  if (entries != getRatio().has_value()) // state_c1
    return emitOpError() << (entries ? "has entries, but no ratio" : "is a ring, but has a ratio");
  return success();
}

} // namespace mlir::rt

#define GET_OP_CLASSES
#include "dialects/Rt/IR/RtOps.cpp.inc"

#include "dialects/V4/IR/Shapes.h"
#include "dialects/V4/IR/V4Dialect.h"

namespace mlir::v4 {

LogicalResult RingWriteOp::verify() {
  ShapeMatcher shapes(*this);
  return success(shapes.match("input", getInput(), {"T", "w"}) &&   // ring_write_c1
                 shapes.match("ring", getRing(), {"R", "w"}) &&     // ring_write_c2
                 shapes.match("slots", getSlots(), {"T"}) &&        // ring_write_c3
                 shapes.match("positions", getPositions(), {"T"})); // ring_write_c3
}

LogicalResult EntryWriteOp::verify() {
  ShapeMatcher shapes(*this);
  return success(shapes.match("input", getInput(), {"T", "d"}) &&     // entry_write_c1
                 shapes.match("entries", getEntries(), {"C", "d"}) && // entry_write_c2
                 shapes.match("slots", getSlots(), {"T"}) &&          // entry_write_c3
                 shapes.match("positions", getPositions(), {"T"}));   // entry_write_c3
}

LogicalResult CompressOp::verify() {
  ShapeMatcher shapes(*this);
  if (!shapes.match("values", getValues(), {"R", "w"})) // compress_c1
    return failure();
  int64_t ratio = getRatio(), width = shapes["w"], reach = getOverlap() ? 2 * ratio : ratio;
  if (getOverlap() && width % 2 != 0) // compress_c1
    return emitOpError() << "overlaps, so rows of 'values' have two halves, but " << width << " elements";
  if (!(shapes.match("gates", getGates(), {"R", "w"}) &&          // compress_c2
        shapes.match("ape", getApe(), {{"ratio", ratio}, "w"}) && // compress_c3
        shapes.match("slots", getSlots(), {"T"}) &&               // compress_c4
        shapes.match("positions", getPositions(), {"T"})))        // compress_c4
    return failure();
  if (reach > shapes["R"]) // compress_c5
    return emitOpError() << "pools " << reach << " tokens, but 'values' keeps " << shapes["R"] << " rows";
  Dim pooled("d", getOverlap() ? width / 2 : width);
  return success(shapes.match("result", getResult(), {"T", pooled})); // compress_c6
}

} // namespace mlir::v4

// Verifiers of `tile` ops: accesses to memory, kernels.
#include "dialects/Tile/IR/TileDialect.h"

namespace mlir::tile {

// What all accesses to memory share
// ----------------------------------------------------------------------------

static LogicalResult verifyOffsets(Operation *op, MemRefType memory, size_t offsets) {
  if (offsets != size_t(memory.getRank())) // load_c1, store_c1, load_scalar_c1, store_scalar_c1
    return op->emitOpError("has ") << offsets << " offsets into a memory of rank " << memory.getRank();
  return success();
}

static LogicalResult verifyElement(Operation *op, MemRefType memory, Type element) {
  if (element != memory.getElementType())
    return op->emitOpError("moves ") << element << " to or from a memory of " << memory.getElementType();
  return success();
}

// Along the memory's last dimensions, those that are static.
static LogicalResult verifySize(Operation *op, MemRefType memory, RankedTensorType tile, bool masked) {
  if (tile.getRank() > memory.getRank()) // load_c2, store_c2
    return op->emitOpError("has a tile of rank ")
           << tile.getRank() << " and a memory of rank " << memory.getRank();
  for (int64_t i = 1; i <= tile.getRank(); ++i) {
    int64_t size = tile.getDimSize(tile.getRank() - i);
    int64_t available = memory.getDimSize(memory.getRank() - i);
    bool isMaskedDim = masked && i == 1;
    if (isMaskedDim && ShapedType::isDynamic(available)) // load_c3, store_c3
      return op->emitOpError("is masked, but the last dimension of ") << memory << " is dynamic";
    if (!isMaskedDim && !ShapedType::isDynamic(available) && size > available) // load_c3, store_c3
      return op->emitOpError("takes ") << size << " elements of a dimension of " << available;
  }
  return success();
}

static LogicalResult verifyAccess(Operation *op, MemRefType memory, size_t offsets, RankedTensorType tile,
                                  bool masked) {
  if (failed(verifyOffsets(op, memory, offsets)) || failed(verifyElement(op, memory, tile.getElementType())))
    return failure();
  return verifySize(op, memory, tile, masked);
}

LogicalResult ScratchOp::verify() {
  constexpr int64_t kLargest = int64_t(1) << 20;
  MemRefType type = getMemory().getType();
  if (!type.hasStaticShape() || !type.getLayout().isIdentity()) // scratch_c1
    return emitOpError() << "needs row-major memory of static shape, not " << type;
  int64_t bytes = type.getNumElements() * type.getElementTypeBitWidth() / 8;
  if (bytes > kLargest) // scratch_c1
    return emitOpError() << "takes " << bytes << " bytes, but a program has at most " << kLargest;
  return success();
}

LogicalResult ViewOp::verify() {
  MemRefType from = getMemory().getType(), to = getResult().getType();
  for (MemRefType type : {from, to})
    if (!type.getLayout().isIdentity() || type.getRank() == 0 || !type.isDynamicDim(0) ||
        ShapedType::isDynamicShape(type.getShape().drop_front())) // view_c1
      return emitOpError("needs row-major memory whose first dimension alone is dynamic, not ") << type;
  auto rowBits = [](MemRefType type) {
    return ShapedType::getNumElements(type.getShape().drop_front()) * type.getElementTypeBitWidth();
  };
  if (rowBits(from) != rowBits(to)) // view_c2
    return emitOpError("cuts ") << from << " into " << to << ", which has other bytes in a row";
  return success();
}

LogicalResult LoadOp::verify() {
  return verifyAccess(*this, getMemory().getType(), getOffsets().size(), getResult().getType(), getMasked());
}

LogicalResult LoadPanelsOp::verify() {
  MemRefType memory = getMemory().getType();
  RankedTensorType tile = getResult().getType();
  if (failed(verifyOffsets(*this, memory, getOffsets().size())) || // load_panels_c1
      failed(verifyElement(*this, memory, tile.getElementType()))) // load_panels_c2
    return failure();
  if (panelsAbreast(memory, tile.getShape().back()) == 0) // load_panels_c1, load_panels_c3
    return emitOpError("reads rows of ") << tile.getShape().back() << " elements from " << memory
                                         << ", but wants panels [.., S, R, P] that are as wide together";
  return success();
}

LogicalResult StoreOp::verify() {
  return verifyAccess(*this, getMemory().getType(), getOffsets().size(), getValue().getType(), getMasked());
}

LogicalResult LoadScalarOp::verify() {
  if (failed(verifyOffsets(*this, getMemory().getType(), getOffsets().size())))
    return failure();
  return verifyElement(*this, getMemory().getType(), getResult().getType());
}

LogicalResult StoreScalarOp::verify() {
  if (failed(verifyOffsets(*this, getMemory().getType(), getOffsets().size())))
    return failure();
  return verifyElement(*this, getMemory().getType(), getValue().getType());
}

LogicalResult GatherOp::verify() {
  MemRefType memory = getMemory().getType();
  RankedTensorType rows = getRows().getType(), result = getResult().getType();
  if (int64_t(getLeading().size()) + 2 != memory.getRank()) // gather_c1
    return emitOpError("has ") << getLeading().size() << " leading offsets, but a memory of rank "
                               << memory.getRank() << " wants two less than that";
  if (rows.getRank() != 1 || !rows.getElementType().isInteger(32)) // gather_c2
    return emitOpError("takes the numbers of its rows from ") << rows << ", which is not a row tile of i32";
  if (result.getRank() != 2 || result.getDimSize(0) != rows.getDimSize(0)) // gather_c3
    return emitOpError("gathers ") << rows.getDimSize(0) << " rows, but the result is " << result;
  if (failed(verifyElement(*this, memory, result.getElementType())))
    return failure();
  if (result.getDimSize(1) > memory.getShape().back()) // gather_c3
    return emitOpError("takes ") << result.getDimSize(1) << " elements of rows of "
                                 << memory.getShape().back();
  return success();
}

// Kernels
// ------------------------------------------------------------------------------------------------------

int64_t placeScratch(KernelOp kernel, function_ref<void(ScratchOp, int64_t)> place) {
  int64_t bytes = 0;
  kernel.walk([&](ScratchOp op) {
    MemRefType type = op.getMemory().getType();
    place(op, bytes);
    bytes += llvm::alignTo(type.getNumElements() * type.getElementTypeBitWidth() / 8, 16);
  });
  return bytes;
}

LogicalResult KernelOp::verify() {
  if (!getResultTypes().empty()) // kernel_c1
    return emitOpError("has results, but a kernel leaves what it computes in memory");
  for (auto [i, type] : llvm::enumerate(getArgumentTypes())) {
    auto memory = dyn_cast<MemRefType>(type);
    if (!memory || memory.getRank() == 0 || !memory.getLayout().isIdentity()) // kernel_c1
      return emitOpError("argument ")
             << i << " is " << type << ", not a memref of rank 1 or more in row-major layout";
    if (!ShapedType::isDynamicShape(memory.getShape().drop_front())) // kernel_c1
      continue;
    return emitOpError("argument ") << i << " is " << type << ", but only the first dimension may be dynamic";
  }
  if (!getBody().hasOneBlock()) // kernel_c2
    return emitOpError("has a body of ") << getBody().getBlocks().size() << " blocks instead of one";
  return success();
}

} // namespace mlir::tile

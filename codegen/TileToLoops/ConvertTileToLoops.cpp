#include "codegen/TileToLoops/Passes.h"

#include "codegen/TileToLoops/LoopEmitter.h"
#include "codegen/TileToVector/Passes.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "runtime/format/KernelAbi.h"

#include <cstddef>

namespace mlir::v4 {

#define GEN_PASS_DEF_CONVERTTILETOLOOPS
#include "codegen/TileToLoops/Passes.h.inc"

namespace {

class KernelEmitter {
public:
  explicit KernelEmitter(tile::KernelOp kernel) : kernel(kernel), b(kernel.getLoc(), kernel) {}

  LogicalResult emit() {
    auto pointer = LLVM::LLVMPointerType::get(b.getContext());
    Type i64 = b.getI64Type();
    auto type = b.getFunctionType({pointer, i64, i64}, TypeRange());
    auto function = func::FuncOp::create(b, kernel.getSymName(), type);
    Block *entry = function.addEntryBlock();
    b.setInsertionPointToStart(entry);
    args = entry->getArgument(0);

    auto size = arith::ConstantIntOp::create(b, 0, 64);
    Value frame = LLVM::AllocaOp::create(b, pointer, b.getI8Type(), size, /*alignment=*/64);
    LoopEmitter body(b, frame);
    bindArguments(body);
    int64_t scratchBytes = tile::placeScratch(
        kernel, [&](tile::ScratchOp own, int64_t offset) { body.scratchOffsets[own] = offset; });

    Value grid[2] = {readIndex(offsetof(v4rt::KernelArgs, grid)),
                     readIndex(offsetof(v4rt::KernelArgs, grid) + 8)};
    Value workspace = read(pointer, args, offsetof(v4rt::KernelArgs, workspace));
    Value one = arith::ConstantIndexOp::create(b, 1);
    auto programs =
        scf::ForOp::create(b, toIndex(entry->getArgument(1)), toIndex(entry->getArgument(2)), one);
    func::ReturnOp::create(b);
    b.setInsertionPoint(programs.getBody()->getTerminator());
    Value id = programs.getInductionVar(), rest = arith::DivUIOp::create(b, id, grid[0]);
    body.program = id;
    body.ids[0] = arith::RemUIOp::create(b, id, grid[0]);
    body.ids[1] = arith::RemUIOp::create(b, rest, grid[1]);
    body.ids[2] = arith::DivUIOp::create(b, rest, grid[1]);
    Value own = arith::MulIOp::create(b, id, arith::ConstantIndexOp::create(b, scratchBytes));
    Value own64 = arith::IndexCastOp::create(b, i64, own);
    body.scratch = LLVM::GEPOp::create(b, pointer, b.getI8Type(), workspace, ValueRange{own64});
    if (failed(body.emit(kernel.getBody().front())))
      return failure();
    if (body.frameBytes > v4rt::kMostFrameBytes)
      return kernel.emitOpError("has tiles of ")
             << body.frameBytes << " bytes at a time, but the simulated device has room for "
             << v4rt::kMostFrameBytes;
    size.setValueAttr(b.getI64IntegerAttr(std::max<int64_t>(body.frameBytes, 1)));
    kernel.erase();
    return success();
  }

private:
  Value read(Type type, Value from, size_t offset) {
    Value address = LLVM::GEPOp::create(b, LLVM::LLVMPointerType::get(b.getContext()), b.getI8Type(), from,
                                        ArrayRef<LLVM::GEPArg>{int32_t(offset)});
    return LLVM::LoadOp::create(b, type, address, 8);
  }
  Value toIndex(Value value) { return arith::IndexCastOp::create(b, b.getIndexType(), value); }
  Value readIndex(size_t offset) { return toIndex(read(b.getI64Type(), args, offset)); }

  void bindArguments(LoopEmitter &body) {
    auto pointer = LLVM::LLVMPointerType::get(b.getContext());
    Value buffers = read(pointer, args, offsetof(v4rt::KernelArgs, buffers));
    Value bytes = read(pointer, args, offsetof(v4rt::KernelArgs, bytes));
    for (BlockArgument argument : kernel.getBody().getArguments()) {
      size_t number = argument.getArgNumber();
      body.memories[argument] = {
          read(pointer, buffers, number * sizeof(void *)), cast<MemRefType>(argument.getType()),
          toIndex(read(b.getI64Type(), bytes, number * sizeof(int64_t))), int64_t(number)};
    }
    body.rows = readIndex(offsetof(v4rt::KernelArgs, rows));
    body.fault = read(pointer, args, offsetof(v4rt::KernelArgs, fault));
  }

  tile::KernelOp kernel;
  ImplicitLocOpBuilder b;
  Value args;
};

struct ConvertTileToLoops final : impl::ConvertTileToLoopsBase<ConvertTileToLoops> {
  void runOnOperation() override {
    for (auto kernel : llvm::make_early_inc_range(getOperation().getOps<tile::KernelOp>()))
      if (failed(KernelEmitter(kernel).emit()))
        return signalPassFailure();
  }
};

} // namespace

void buildTileToLoopsToLLVM(OpPassManager &passes) {
  passes.addPass(createConvertTileToLoops());
  passes.addNestedPass<func::FuncOp>(createExpandMathFunctions());
  passes.addNestedPass<func::FuncOp>(createCSEPass());
  passes.addPass(createSCFToControlFlowPass());
  passes.addPass(createConvertVectorToHost());
}

#define GEN_PASS_REGISTRATION
#include "codegen/TileToLoops/Passes.h.inc"

void registerLoopPasses() {
  registerCodegenLoopsPasses();
  PassPipelineRegistration<>("convert-tile-to-loops-to-llvm",
                             "turn kernels with large tiles into functions of the LLVM dialect",
                             buildTileToLoopsToLLVM);
}

} // namespace mlir::v4

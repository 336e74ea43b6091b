#include "codegen/TileToTriton/Passes.h"
#include "codegen/TileToTriton/TritonPatterns.h"

#include "codegen/TileToVector/Passes.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace mlir::v4 {

#define GEN_PASS_REGISTRATION
#define GEN_PASS_DEF_CONVERTTILETOTRITON
#include "codegen/TileToTriton/Passes.h.inc"

TritonTypeConverter::TritonTypeConverter() {
  addConversion([](Type type) { return type; });
  addConversion([](IndexType type) -> Type { return IntegerType::get(type.getContext(), 64); });
  addConversion(
      [](MemRefType type) -> Type { return tt::PointerType::get(type.getContext(), type.getElementType()); });
  addConversion([](RankedTensorType type) -> Type { return paddedType(type); });
}

int64_t scratchBytes(tile::KernelOp kernel) { return ScratchLayout(kernel).bytes; }

namespace {

struct ConvertKernel final : OpConversionPattern<tile::KernelOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(tile::KernelOp op, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TritonBuilder b(op.getLoc(), rewriter);
    SmallVector<Type> inputs;
    if (failed(getTypeConverter()->convertTypes(op.getArgumentTypes(), inputs)))
      return failure();
    inputs.push_back(b.getI32Type());
    inputs.push_back(tt::PointerType::get(getContext(), b.getI8Type()));
    auto function = tt::FuncOp::create(b, op.getSymName(), b.getFunctionType(inputs, {}));
    for (auto [i, type] : llvm::enumerate(inputs))
      if (isa<tt::PointerType>(type))
        function.setArgAttr(i, "tt.divisibility", b.getI32IntegerAttr(16));

    Block *entry = rewriter.createBlock(&function.getBody(), {}, inputs,
                                        SmallVector<Location>(inputs.size(), op.getLoc()));
    b.setInsertionPointToStart(entry);
    Value rows = arith::ExtSIOp::create(b, b.getI64Type(), entry->getArgument(inputs.size() - 2));
    replaceGridOps(b, op, rows, rewriter);
    placeScratch(b, op, entry->getArguments().back(), rewriter);

    Block *body = &op.getBody().front();
    TypeConverter::SignatureConversion signature(body->getNumArguments());
    for (unsigned i = 0; i < body->getNumArguments(); ++i)
      signature.remapInput(i, entry->getArgument(i));
    body = rewriter.applySignatureConversion(body, signature, getTypeConverter());
    rewriter.inlineBlockBefore(body, entry, entry->end());
    rewriter.eraseOp(op);
    return success();
  }

  static Value toIndex(TritonBuilder &b, Value value) {
    return arith::ExtSIOp::create(b, b.getI64Type(), value);
  }

  static Value programId(TritonBuilder &b, int64_t dim) {
    return toIndex(b, tt::GetProgramIdOp::create(b, b.getI32Type(), tt::ProgramDim(dim)));
  }

  static Value numPrograms(TritonBuilder &b, int64_t dim) {
    return toIndex(b, tt::GetNumProgramsOp::create(b, b.getI32Type(), tt::ProgramDim(dim)));
  }

  static void replaceGridOps(TritonBuilder &b, tile::KernelOp op, Value rows,
                             ConversionPatternRewriter &rewriter) {
    op.walk([&](Operation *inner) {
      if (auto program = dyn_cast<tile::ProgramIdOp>(inner))
        rewriter.replaceOp(program, programId(b, program.getDim()));
      else if (isa<tile::NumRowsOp>(inner))
        rewriter.replaceOp(inner, rows);
    });
  }

  // Programs are numbered x + grid[0] (y + grid[1] z), and lie in the workspace in that order.
  static void placeScratch(TritonBuilder &b, tile::KernelOp op, Value workspace,
                           ConversionPatternRewriter &rewriter) {
    ScratchLayout layout(op);
    if (layout.bytes == 0)
      return;
    Value number = programId(b, 2);
    for (int64_t dim : {1, 0})
      number =
          arith::AddIOp::create(b, arith::MulIOp::create(b, number, numPrograms(b, dim)), programId(b, dim));
    Value start = arith::MulIOp::create(b, number, b.constant(b.getI64Type(), layout.bytes));
    for (auto [scratch, offset] : layout.offsets) {
      auto memory = cast<tile::ScratchOp>(scratch).getMemory().getType();
      Value at = arith::AddIOp::create(b, start, b.constant(b.getI64Type(), offset));
      Value address = tt::AddPtrOp::create(b, workspace.getType(), workspace, at);
      auto pointer = tt::PointerType::get(b.getContext(), memory.getElementType());
      if (pointer != address.getType())
        address = tt::BitcastOp::create(b, pointer, address);
      rewriter.replaceOp(scratch, address);
    }
  }
};

struct ConvertReturn final : OpConversionPattern<tile::ReturnOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(tile::ReturnOp op, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<tt::ReturnOp>(op);
    return success();
  }
};

struct ConvertTileToTriton final : impl::ConvertTileToTritonBase<ConvertTileToTriton> {
  using Base::Base;

  void runOnOperation() override {
    MLIRContext &context = getContext();
    // Only kernels are ours: a module may hold launches and functions beside them.
    SmallVector<Operation *> kernels(getOperation().getOps<tile::KernelOp>());
    RewritePatternSet functions(&context);
    populateMathExpansions(functions);
    FrozenRewritePatternSet frozen(std::move(functions));
    for (Operation *kernel : kernels) {
      walkAndApplyPatterns(kernel, frozen);
      markDivisibility(cast<tile::KernelOp>(kernel));
    }

    TritonTypeConverter converter;
    RewritePatternSet patterns(&context);
    patterns.add<ConvertKernel, ConvertReturn>(converter, &context);
    populateTritonMemoryPatterns(converter, patterns);
    populateTritonElementwisePatterns(converter, patterns);
    populateTritonContractionPatterns(converter, patterns, capability);
    populateTritonWidenPatterns(converter, patterns, capability);

    ConversionTarget target(context);
    target.addIllegalDialect<tile::TileDialect>();
    target.addLegalDialect<tt::TritonDialect, gpu::GPUDialect>();
    target.addIllegalOp<arith::NegFOp, arith::BitcastOp, arith::IndexCastOp, arith::IndexCastUIOp,
                        math::CopySignOp>();
    auto isF32 = [](Operation *op) { return getElementTypeOrSelf(op->getResult(0).getType()).isF32(); };
    target.markUnknownOpDynamicallyLegal([&](Operation *op) {
      return converter.isLegal(op) && !(isa<arith::DivFOp, math::SqrtOp>(op) && isF32(op)) && isSplat(op);
    });
    scf::populateSCFStructuralTypeConversionsAndLegality(converter, patterns, target);
    target.addDynamicallyLegalOp<scf::ForOp>([&](scf::ForOp op) {
      return converter.isLegal(op.getOperation()) && converter.isLegal(&op.getRegion());
    });
    if (failed(applyPartialConversion(kernels, target, std::move(patterns))))
      signalPassFailure();
  }

  static bool isSplat(Operation *op) {
    auto constant = dyn_cast<arith::ConstantOp>(op);
    auto values = constant ? dyn_cast<DenseElementsAttr>(constant.getValue()) : DenseElementsAttr();
    return !values || values.isSplat();
  }
};

} // namespace

void buildTileToTriton(OpPassManager &passes, unsigned capability) {
  passes.addNestedPass<tile::KernelOp>(createInsertTileBarriers());
  ConvertTileToTritonOptions options;
  options.capability = capability;
  passes.addPass(createConvertTileToTriton(options));
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
}

void registerTritonPasses() {
  registerInsertTileBarriers();
  registerConvertTileToTriton();
  PassPipelineRegistration<>("convert-tile-to-ttir",
                             "from tile.kernel to the text that Triton compiles, for sm_90",
                             [](OpPassManager &passes) { buildTileToTriton(passes, 90); });
}

} // namespace mlir::v4

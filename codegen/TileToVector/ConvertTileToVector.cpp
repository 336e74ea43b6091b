#include "codegen/TileToVector/Passes.h"

#include "codegen/TileToVector/TilePatterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "runtime/format/KernelAbi.h"

#include <cstddef>

namespace mlir::v4 {

#define GEN_PASS_DEF_CONVERTTILETOVECTOR
#include "codegen/TileToVector/Passes.h.inc"

TileTypeConverter::TileTypeConverter() {
  addConversion([](Type type) { return type; });
  addConversion([](MemRefType type) -> Type { return LLVM::LLVMPointerType::get(type.getContext()); });
  addConversion([](RankedTensorType tile, SmallVectorImpl<Type> &rows) {
    rows.append(rowCount(tile), rowType(tile));
    return success();
  });
}

int64_t rowCount(RankedTensorType tile) { return tile.getRank() == 2 ? tile.getDimSize(0) : 1; }

VectorType rowType(RankedTensorType tile) {
  return VectorType::get({tile.getShape().back()}, tile.getElementType());
}

void replaceByCall(Operation *op, StringRef name, ValueRange arguments, RewriterBase &rewriter,
                   function_ref<void(ValueRange)> body) {
  auto module = op->getParentOfType<ModuleOp>();
  Location loc = op->getLoc();
  auto function = module.lookupSymbol<func::FuncOp>(name);
  if (!function) {
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPointToEnd(module.getBody());
    function = func::FuncOp::create(rewriter, loc, name,
                                    rewriter.getFunctionType(arguments.getTypes(), TypeRange()));
    function.setPrivate();
    function->setAttr("llvm.linkage", LLVM::LinkageAttr::get(op->getContext(), LLVM::Linkage::Internal));
    rewriter.setInsertionPointToStart(function.addEntryBlock());
    body(function.getArguments());
    func::ReturnOp::create(rewriter, loc);
  }
  func::CallOp::create(rewriter, loc, function, arguments);
  rewriter.eraseOp(op);
}

namespace {

// A field of KernelArgs, or an element of one.
struct ArgumentReader {
  OpBuilder &builder;
  Location loc;
  Value base;

  Value read(Type type, Value from, size_t offset) const {
    auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
    Value address =
        LLVM::GEPOp::create(builder, loc, pointer, builder.getI8Type(), from,
                            ArrayRef<LLVM::GEPArg>{int32_t(offset)}, LLVM::GEPNoWrapFlags::inbounds);
    return LLVM::LoadOp::create(builder, loc, type, address, 8);
  }
  Value index(size_t offset) const {
    return arith::IndexCastOp::create(builder, loc, builder.getIndexType(),
                                      read(builder.getI64Type(), base, offset));
  }
  Value buffer(size_t number) const {
    auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
    return read(pointer, read(pointer, base, offsetof(v4rt::KernelArgs, buffers)), number * sizeof(void *));
  }
};

struct ConvertKernel final : OpConversionPattern<tile::KernelOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(tile::KernelOp op, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto pointer = LLVM::LLVMPointerType::get(getContext());
    Type i64 = rewriter.getI64Type();
    auto function = func::FuncOp::create(rewriter, loc, op.getSymName(),
                                         rewriter.getFunctionType({pointer, i64, i64}, TypeRange()));
    Block *entry = function.addEntryBlock();
    rewriter.setInsertionPointToStart(entry);
    ArgumentReader arguments{rewriter, loc, entry->getArgument(0)};

    Block *body = &op.getBody().front();
    TypeConverter::SignatureConversion signature(body->getNumArguments());
    for (unsigned i = 0; i < body->getNumArguments(); ++i)
      signature.remapInput(i, arguments.buffer(i));
    Value rows = arguments.index(offsetof(v4rt::KernelArgs, rows));
    Value grid[2] = {arguments.index(offsetof(v4rt::KernelArgs, grid)),
                     arguments.index(offsetof(v4rt::KernelArgs, grid) + 8)};
    auto toIndex = [&](Value value) {
      return arith::IndexCastOp::create(rewriter, loc, rewriter.getIndexType(), value).getResult();
    };
    Value begin = toIndex(entry->getArgument(1));
    Value end = toIndex(entry->getArgument(2));
    Value one = arith::ConstantIndexOp::create(rewriter, loc, 1);
    auto programs = scf::ForOp::create(rewriter, loc, begin, end, one);
    func::ReturnOp::create(rewriter, loc);

    rewriter.setInsertionPointToStart(programs.getBody());
    Value id = programs.getInductionVar();
    Value rest = arith::DivUIOp::create(rewriter, loc, id, grid[0]);
    Value ids[3] = {arith::RemUIOp::create(rewriter, loc, id, grid[0]),
                    arith::RemUIOp::create(rewriter, loc, rest, grid[1]),
                    arith::DivUIOp::create(rewriter, loc, rest, grid[1])};
    op.walk([&](Operation *inner) {
      if (auto program = dyn_cast<tile::ProgramIdOp>(inner))
        rewriter.replaceOp(program, ids[program.getDim()]);
      else if (isa<tile::NumRowsOp>(inner))
        rewriter.replaceOp(inner, rows);
    });
    rewriter.eraseOp(body->getTerminator());
    body = rewriter.applySignatureConversion(body, signature, getTypeConverter());
    rewriter.inlineBlockBefore(body, programs.getBody()->getTerminator());
    rewriter.eraseOp(op);
    return success();
  }
};

struct ConvertTileToVector final : impl::ConvertTileToVectorBase<ConvertTileToVector> {
  using Base::Base;

  void runOnOperation() override {
    MLIRContext &context = getContext();
    TileTypeConverter converter;
    RewritePatternSet patterns(&context);
    HostShape shape = {vectorBits, sumsBytes, dotsBf16};
    patterns.add<ConvertKernel>(converter, &context);
    populateMemoryPatterns(converter, patterns);
    populatePanelPatterns(converter, patterns);
    populateElementwisePatterns(converter, patterns);
    populateContractionPatterns(converter, patterns);
    populateTransposePatterns(converter, patterns);
    populateDotRowsPatterns(converter, patterns, shape);
    populateDotRowsWordsPatterns(converter, patterns, shape);
    populateSplitDigitsPatterns(converter, patterns);
    populateDotDigitsPatterns(converter, patterns, shape);
    populateDotCodesPatterns(converter, patterns, shape);
    populateWordPatterns(converter, patterns, shape);
    populateWidenPatterns(converter, patterns);

    ConversionTarget target(context);
    target.addIllegalDialect<tile::TileDialect>();
    target.markUnknownOpDynamicallyLegal([](Operation *op) {
      auto converted = [](Type type) { return !isa<RankedTensorType, MemRefType>(type); };
      return llvm::all_of(op->getOperandTypes(), converted) && llvm::all_of(op->getResultTypes(), converted);
    });
    scf::populateSCFStructuralTypeConversionsAndLegality(converter, patterns, target);
    // Only kernels are ours: a module may hold launches and functions beside them.
    SmallVector<Operation *> kernels(getOperation().getOps<tile::KernelOp>());
    if (failed(applyPartialConversion(kernels, target, std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace mlir::v4

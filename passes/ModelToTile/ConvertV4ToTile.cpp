// Lowers every `v4.kernel` to a `tile.kernel` and an `rt.launch`.
#include "passes/Passes.h"

#include "passes/ModelToTile/Programs.h"
#include "passes/ModelToTile/Records.h"
#include "passes/ModelToTile/StateCost.h"
#include "passes/ModelToTile/WeightTiles.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"

namespace mlir::v4 {
#define GEN_PASS_DEF_CONVERTV4TOTILE
#include "passes/Passes.h.inc"

namespace {

/// Memory of a buffer: rows of all their elements; what experts hand on keeps their number apart.
MemRefType getBufferType(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  bool byExpert = type.getRank() == 3 &&
                  (value.getDefiningOp<ExpertUpOp>() ||
                   llvm::any_of(value.getUsers(), [](Operation *user) { return isa<ExpertDownOp>(user); }));
  if (byExpert)
    return MemRefType::get({ShapedType::kDynamic, type.getDimSize(1), type.getDimSize(2)},
                           type.getElementType());
  return MemRefType::get({ShapedType::kDynamic, rowElements(value)}, type.getElementType());
}

LogicalResult checkLowerable(Operation *op) {
  for (Value value : llvm::concat<Value>(op->getOperands(), op->getResults()))
    if (auto type = dyn_cast<RankedTensorType>(value.getType()))
      if (type.getElementType().isF64())
        return op->emitOpError("has a row of f64, but kernels take f32, bf16 and i32");
  for (Value operand : op->getOperands())
    if (auto weight = dyn_cast<WeightType>(operand.getType()))
      if (isa<Float4E2M1FNType>(weight.getElementType()) && weight.getInputs() % 2 != 0)
        return op->emitOpError("multiplies ")
               << weight.getInputs() << " inputs by f4E2M1FN weights, but kernels take them two by two";
  return success();
}

/// What `tile.scaled_dot` takes.
LogicalResult checkScales(Operation *op) {
  for (Value operand : op->getOperands()) {
    auto weight = dyn_cast<WeightType>(operand.getType());
    if (!weight || !weight.isScaled())
      continue;
    bool eachOutput = weight.getBlockRows() == 1;
    if (eachOutput ? weight.getBlockCols() != 32 || weight.getScaleType().isF32()
                   : weight.getBlockCols() % 32 != 0)
      return op->emitOpError("multiplies weights with a ")
             << weight.getScaleType() << " scale for " << weight.getBlockRows() << " x "
             << weight.getBlockCols()
             << ", but kernels for GPUs take f8E8M0FNU scales for 1 x 32, or any for blocks of a multiple of "
                "32 inputs";
  }
  return success();
}

class KernelLowering {
public:
  KernelLowering(ModuleOp module, const TargetFacts &target)
      : module(module), context(module.getContext()), target(target) {}

  LogicalResult lower(KernelOp kernel) {
    if (!kernel.getSchedule())
      kernel.setScheduleAttr(chooseSchedule(kernel, target));
    for (Operation &op : kernel.getBody().front().without_terminator())
      if (failed(checkLowerable(&op)) || (target.isGpu() && failed(checkScales(&op))))
        return failure();
    collectOperands(kernel);
    bool onWanted = isOnWantedRows(kernel);
    extent = onWanted ? rt::Extent::logit_rows : rt::Extent::tokens;
    FailureOr<StringRef> symbol = emitKernel(kernel);
    if (failed(symbol))
      return failure();

    OpBuilder builder(kernel);
    SmallVector<StringRef> names;
    SmallVector<std::string> storage;
    for (Operation &op : kernel.getBody().front().without_terminator())
      for (OpResult result : op.getResults())
        storage.push_back(getObservedName(result));
    for (std::string &name : storage)
      names.push_back(name);
    auto launch = rt::LaunchOp::create(builder, kernel.getLoc(), kernel.getResultTypes(), *symbol,
                                       operands.getArrayRef(), builder.getArrayAttr(grid), extent,
                                       builder.getStrArrayAttr(names), getStateCost(kernel));
    if (onWanted)
      wanted.insert(launch.getResults().begin(), launch.getResults().end());
    kernel.replaceAllUsesWith(launch.getResults());
    kernel.erase();
    return success();
  }

private:
  static std::string getObservedName(OpResult result) {
    auto name = dyn_cast<NameLoc>(result.getOwner()->getLoc());
    if (!name)
      return "";
    StringRef suffix = cast<ComputeOpInterface>(result.getOwner()).getResultSuffix(result.getResultNumber());
    return (name.getName().getValue() + (suffix.empty() ? "" : ".") + suffix).str();
  }

  void collectOperands(KernelOp kernel) {
    operands.clear();
    kernel.getBody().walk([&](Operation *op) {
      for (Value operand : op->getOperands())
        if (!operand.getDefiningOp() || operand.getDefiningOp()->getParentOp() != kernel)
          operands.insert(operand);
    });
  }

  bool isOnWantedRows(KernelOp kernel) const {
    bool gathers = !kernel.getBody().getOps<GatherRowsOp>().empty();
    return gathers || llvm::any_of(operands, [&](Value operand) { return wanted.contains(operand); });
  }

  /// Builds the kernel and returns its symbol, or that of an equal one built before.
  FailureOr<StringRef> emitKernel(KernelOp kernel) {
    SmallVector<Type> types;
    for (Value operand : operands) {
      if (auto weight = operand.getDefiningOp<WeightOp>()) {
        types.push_back(getWeightMemoryType(weight));
        if (MemRefType scale = getScaleMemoryType(weight))
          types.push_back(scale);
      } else if (isa<RankedTensorType>(operand.getType())) {
        types.push_back(getBufferType(operand));
      } else {
        types.push_back(getStateMemoryType(operand.getType()));
      }
    }
    auto yield = cast<YieldOp>(kernel.getBody().front().getTerminator());
    for (Value value : yield.getOperands())
      types.push_back(getBufferType(value));

    OpBuilder builder(context);
    auto made =
        tile::KernelOp::create(builder, kernel.getLoc(), "kernel", builder.getFunctionType(types, {}));
    Block *body = &made.getBody().emplaceBlock();
    body->addArguments(types, SmallVector<Location>(types.size(), kernel.getLoc()));
    builder.setInsertionPointToStart(body);

    KernelBuilder k(builder, kernel.getLoc(), target, *kernel.getSchedule());
    unsigned next = 0;
    for (Value operand : operands) {
      k.bind(operand, body->getArgument(next++));
      if (auto weight = operand.getDefiningOp<WeightOp>(); weight && weight.getType().isScaled())
        k.bindScale(operand, body->getArgument(next++));
    }
    for (Value value : yield.getOperands())
      k.bind(value, body->getArgument(next++));
    FailureOr<SmallVector<Attribute>> dims = emitPrograms(k, kernel, extent);
    if (failed(dims)) {
      made.erase();
      return failure();
    }
    grid = *dims;
    k.loc = kernel.getLoc();
    tile::ReturnOp::create(builder, kernel.getLoc());
    if (target.isGpu()) {
      made->setAttr("tile.num_warps", builder.getI32IntegerAttr(kernel.getSchedule()->getWarps()));
      made->setAttr("tile.num_stages", builder.getI32IntegerAttr(kernel.getSchedule()->getStages()));
    }

    std::string text;
    llvm::raw_string_ostream stream(text);
    made.print(stream, OpPrintingFlags().enableDebugInfo(false).useLocalScope());
    auto [it, isNew] = symbols.try_emplace(text, "");
    if (!isNew) {
      made.erase();
      return StringRef(it->second);
    }
    it->second = getSymbol(kernel);
    made.setSymName(it->second);
    made->setAttr("v4.schedule", *kernel.getSchedule()); // for reports
    module.push_back(made);
    return StringRef(it->second);
  }

  /// The kernel's ops in order, each once, and a number.
  std::string getSymbol(KernelOp kernel) {
    llvm::SmallSetVector<StringRef, 8> parts;
    for (Operation &op : kernel.getBody().front().without_terminator())
      parts.insert(op.getName().stripDialect());
    std::string name = llvm::join(parts, "_").substr(0, 56);
    if (int64_t rowTile = kernel.getRowTile().value_or(1);
        kernel.getParallelism() == Parallelism::outputs && rowTile > 1)
      name += "_x" + std::to_string(rowTile);
    int number = ++numbers[name];
    return number == 1 ? name : name + "_" + std::to_string(number);
  }

  ModuleOp module;
  MLIRContext *context;
  const TargetFacts &target;
  rt::Extent extent = rt::Extent::tokens;
  SmallVector<Attribute> grid;
  llvm::SetVector<Value> operands;
  DenseSet<Value> wanted;
  std::map<std::string, std::string> symbols;
  std::map<std::string, int> numbers;
};

struct ConvertV4ToTile final : impl::ConvertV4ToTileBase<ConvertV4ToTile> {
  using Base::Base;

  void runOnOperation() override {
    const TargetFacts *target = getTarget(getOperation());
    if (!target) {
      getOperation().emitError("is for ") << getOperation()->getAttr("v4.target") << ", which is no target";
      return signalPassFailure();
    }
    KernelLowering lowering(getOperation(), *target);
    SmallVector<KernelOp> kernels;
    getOperation()->walk([&](KernelOp kernel) { kernels.push_back(kernel); });
    for (KernelOp kernel : kernels)
      if (failed(lowering.lower(kernel)))
        return signalPassFailure();
  }
};

} // namespace
} // namespace mlir::v4

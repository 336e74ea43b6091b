// Lowers every `v4.kernel` to a `tile.kernel` and an `rt.launch`.
#include "passes/Passes.h"

#include "passes/ModelToTile/KernelBuilder.h"
#include "passes/ModelToTile/WeightTiles.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

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

MemRefType getStateMemoryType(Type state) {
  auto make = [](auto type) {
    return MemRefType::get({ShapedType::kDynamic, type.getRows(), type.getWidth()}, type.getElementType());
  };
  if (auto ring = dyn_cast<RingType>(state))
    return make(ring);
  return make(cast<EntriesType>(state));
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

LogicalResult emitOp(KernelBuilder &k, Operation *op) {
  k.loc = op->getLoc();
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
#define EMIT(OP)                                                                                             \
  .Case<OP##Op>([&](OP##Op typed) {                                                                          \
    emit##OP(k, typed);                                                                                      \
    return success();                                                                                        \
  })
      // clang-format off
      EMIT(Add) EMIT(Compress) EMIT(CsaAttention) EMIT(Embed) EMIT(EntryWrite) EMIT(ExpertDown) EMIT(ExpertUp)
      EMIT(FakeQuantise) EMIT(Hadamard)
      EMIT(GatherRows) EMIT(GroupHeads) EMIT(GroupedLinear) EMIT(HashRoute) EMIT(HcExpand) EMIT(HcHead) EMIT(HcPost)
      EMIT(HcPre) EMIT(HcaAttention) EMIT(HeadNorm) EMIT(IndexScores) EMIT(IndexTopk) EMIT(Linear) EMIT(RingWrite)
      EMIT(RmsNorm) EMIT(Rope) EMIT(RopeTable) EMIT(Route) EMIT(Scale) EMIT(SharedUp) EMIT(WindowAttention)
  // clang-format on
#undef EMIT
                          .Default([](Operation *other) {
                            return other->emitOpError("has no lowering to a kernel");
                          });
}

/// Ops of an output kernel that one program computes together: an elementwise op with what makes its
/// operands.
SmallVector<SmallVector<Operation *>> getSegments(KernelOp kernel) {
  SmallVector<SmallVector<Operation *>> segments;
  for (Operation &op : kernel.getBody().front().without_terminator()) {
    SmallVector<Operation *> joined;
    llvm::erase_if(segments, [&](SmallVector<Operation *> &segment) {
      bool feeds = llvm::any_of(op.getOperands(), [&](Value operand) {
        return operand.getDefiningOp() && llvm::is_contained(segment, operand.getDefiningOp());
      });
      if (feeds)
        joined.append(segment);
      return feeds;
    });
    joined.push_back(&op);
    segments.push_back(joined);
  }
  return segments;
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
                                       builder.getStrArrayAttr(names));
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

  rt::DimAttr dim(int64_t scale, rt::Extent of, int64_t divisor) {
    return rt::DimAttr::get(context, scale, of, divisor);
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
    if (failed(emitBody(k, kernel))) {
      made.erase();
      return failure();
    }
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
    module.push_back(made);
    return StringRef(it->second);
  }

  LogicalResult emitBody(KernelBuilder &k, KernelOp kernel) {
    auto programId = [&](int32_t axis) -> Value {
      return tile::ProgramIdOp::create(k.builder, k.loc, k.builder.getIndexType(),
                                       k.builder.getI32IntegerAttr(axis));
    };
    auto ops = kernel.getBody().front().without_terminator();
    switch (kernel.getParallelism()) {
    case Parallelism::rows:
      k.row = programId(0);
      grid = {dim(1, extent, 1)};
      break;
    case Parallelism::heads: {
      int64_t heads = cast<RankedTensorType>(ops.begin()->getOperand(0).getType()).getDimSize(1);
      Value x = programId(0);
      k.row = programId(1);
      if (target.isGpu())
        return emitHeadBlocks(k, kernel, x, heads);
      k.head = x;
      grid = {dim(heads, rt::Extent::one, 1), dim(1, extent, 1)};
      break;
    }
    case Parallelism::entries: {
      k.tileIndex = programId(0);
      k.row = programId(1);
      int64_t ratio = cast<IndexScoresOp>(*ops.begin()).getRatio();
      grid = {dim(1, rt::Extent::positions, ratio * k.lanes()), dim(1, extent, 1)};
      break;
    }
    case Parallelism::outputs:
      return emitSegments(k, kernel, programId(0), programId(1));
    }
    for (Operation &op : ops)
      if (failed(emitOp(k, &op)))
        return failure();
    return success();
  }

  /// Attention takes its heads together, other ops one after the other.
  LogicalResult emitHeadBlocks(KernelBuilder &k, KernelOp kernel, Value block, int64_t heads) {
    k.headTile = std::min(heads, kMostHeads);
    while (heads % k.headTile != 0)
      --k.headTile;
    k.firstHead = k.mul(block, k.index(k.headTile));
    grid = {dim(heads / k.headTile, rt::Extent::one, 1), dim(1, extent, 1)};
    LogicalResult result = success();
    for (Operation &op : kernel.getBody().front().without_terminator()) {
      if (isa<WindowAttentionOp, CsaAttentionOp, HcaAttentionOp>(op)) {
        result = emitOp(k, &op);
      } else {
        k.forEach(k.index(0), k.index(k.headTile), [&](Value head) {
          k.head = k.add(k.firstHead, head);
          result = emitOp(k, &op);
        });
        k.head = {};
      }
      if (failed(result))
        return failure();
    }
    return success();
  }

  LogicalResult emitSegments(KernelBuilder &k, KernelOp kernel, Value x, Value y) {
    k.rowTile = kernel.getRowTile().value_or(1);
    k.firstRow = k.mul(y, k.index(k.rowTile));
    SmallVector<SmallVector<Operation *>> segments = getSegments(kernel);
    int64_t first = 0;
    for (ArrayRef<Operation *> segment : segments) {
      int64_t tiles = getOutputTiles(segment.front());
      for (Operation *op : segment)
        if (getOutputTiles(op) != tiles || getOutputTile(op) != getOutputTile(segment.front()))
          return op->emitOpError("shares programs with an op that divides its outputs differently");
      k.loc = segment.front()->getLoc();
      LogicalResult result = success();
      auto emit = [&] {
        k.tileIndex = k.sub(x, k.index(first));
        for (Operation *op : segment)
          if (failed(emitOp(k, op)))
            result = failure();
      };
      if (segments.size() == 1) {
        emit();
      } else {
        Value inside = arith::CmpIOp::create(k.builder, k.loc, arith::CmpIPredicate::ult,
                                             k.sub(x, k.index(first)), k.index(tiles));
        k.ifThen(inside, emit);
      }
      if (failed(result))
        return failure();
      first += tiles;
    }
    grid = {dim(first, rt::Extent::one, 1), dim(1, extent, k.rowTile)};
    return success();
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

  /// Heads that attention on a GPU takes together at most.
  static constexpr int64_t kMostHeads = 64;

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

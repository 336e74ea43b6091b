// func.func of rt.launch -> rt.program of rt.dispatch, with memory as symbols.
#include "passes/Passes.h"

#include "passes/Plan/Cost.h"
#include "passes/Plan/Places.h"
#include "passes/Schedule/ScheduleTable.h"

#include "llvm/Support/MathExtras.h"

namespace mlir::v4 {
#define GEN_PASS_DEF_BUILDPROGRAM
#include "passes/Passes.h.inc"

namespace {

constexpr int64_t kRowGranule = 8;
constexpr StringLiteral kInputs[] = {"tokens", "slots", "positions", "logit_rows"};
constexpr StringLiteral kLogits = "logits";

/// Symbols of a module, made on first use and shared by its programs.
class Memory {
public:
  Memory(ModuleOp module, DictionaryAttr model)
      : symbols(module), builder(OpBuilder::atBlockBegin(module.getBody())), model(model),
        capacity(llvm::alignTo(model.getAs<IntegerAttr>("max_step_tokens").getInt(), granule(module))) {}

  /// Matrix units compute whole row tiles: buffers have room for those.
  static int64_t granule(ModuleOp module) {
    const TargetFacts *target = getTarget(module);
    return target && target->isGpu() ? std::max(kRowGranule, target->prefillRows) : kRowGranule;
  }

  FlatSymbolRefAttr getBuffer(Location loc, const Twine &symbol, StringRef name, RankedTensorType type,
                              rt::Extent extent) {
    bool one = !type.isDynamicDim(0);
    auto op =
        rt::BufferOp::create(builder, loc, symbol.str(), name, type, one ? type.getDimSize(0) : capacity,
                             one ? rt::Extent::one : extent, IntegerAttr());
    return insert(op);
  }

  /// The buffer of an input or of the logits.
  FlatSymbolRefAttr getShared(Location loc, StringRef name, RankedTensorType type, rt::Extent extent) {
    FlatSymbolRefAttr &known = shared[name];
    if (!known)
      known = getBuffer(loc, name, name == kLogits ? name : "", type, extent);
    return known;
  }

  FailureOr<FlatSymbolRefAttr> getState(StateOp op) {
    FlatSymbolRefAttr &known = shared[op.getName()];
    if (known)
      return known;
    IntegerAttr ratio;
    if (isa<EntriesType>(op.getType())) {
      std::optional<int64_t> layer = findLayer(op.getName());
      auto ratios = model.getAs<DenseI64ArrayAttr>("ratios");
      if (!layer || !ratios || *layer >= ratios.size() || ratios[*layer] <= 0)
        return op.emitOpError("holds entries, but 'v4.model' has no ratio for its layer");
      ratio = builder.getI64IntegerAttr(ratios[*layer]);
    }
    return known = insert(rt::StateOp::create(builder, op.getLoc(), op.getName(), op.getType(), ratio));
  }

  /// Elements and, of a block-scaled weight, scales.
  FailureOr<SmallVector<FlatSymbolRefAttr>> getWeight(WeightOp op) {
    auto &known = weights[{op.getNameAttr(), op.getLayoutAttr()}];
    if (!known.empty())
      return known;
    WeightType type = op.getResult().getType();
    LayoutAttr layout = op.getLayoutAttr();
    if (!layout)
      return op.emitOpError("has no layout");
    SmallVector<int64_t> shape = {type.getOutputs(), type.getInputs()};
    if (type.getShape().size() == 1)
      shape.pop_back();
    known.push_back(
        makeWeight(op, op.getName(), RankedTensorType::get(shape, type.getElementType()), layout));
    if (!type.isScaled())
      return known;

    StringRef stem = op.getName();
    if (!stem.consume_back(".weight"))
      return op.emitOpError("is block-scaled, so its name should end in '.weight'");
    // Scales of row blocks are a small table; those of single rows stream beside the elements.
    if (type.getBlockRows() != 1)
      layout = LayoutAttr::get(op.getContext(), WeightLayout::row_major, 0);
    else if (layout.hasPanels())
      layout = LayoutAttr::get(op.getContext(), WeightLayout::panel, layout.getPanels());
    known.push_back(makeWeight(op, (stem + ".scale").str(),
                               RankedTensorType::get(type.getScaleShape(), type.getScaleType()), layout));
    return known;
  }

private:
  FlatSymbolRefAttr makeWeight(WeightOp op, StringRef source, RankedTensorType type, LayoutAttr layout) {
    int64_t stack = op.getResult().getType().getStack();
    std::string symbol = source.str();
    if (size_t hole = symbol.find(".{e}"); hole != std::string::npos)
      symbol.erase(hole, strlen(".{e}"));
    return insert(rt::WeightOp::create(builder, op.getLoc(), symbol, source, stack, type, layout,
                                       IntegerAttr(), op.getIdsBelowAttr()));
  }

  /// Two symbols of one name: the second gets a number.
  FlatSymbolRefAttr insert(Operation *op) { return FlatSymbolRefAttr::get(symbols.insert(op)); }

  SymbolTable symbols;
  OpBuilder builder;
  DictionaryAttr model;
  int64_t capacity;
  llvm::StringMap<FlatSymbolRefAttr> shared;
  DenseMap<std::pair<StringAttr, LayoutAttr>, SmallVector<FlatSymbolRefAttr>> weights;
};

/// Turns one function into a program.
class ProgramBuilder {
public:
  ProgramBuilder(func::FuncOp func, Memory &memory) : func(func), memory(memory), builder(func) {}

  LogicalResult run() {
    auto maxTokens = func->getAttrOfType<IntegerAttr>("v4.max_tokens");
    if (!maxTokens)
      return func.emitOpError("has no 'v4.max_tokens'");
    if (!func.getBody().hasOneBlock() || func.getNumArguments() != std::size(kInputs) ||
        func.getNumResults() != 1)
      return func.emitOpError("should be one block from tokens, slots, positions and logit rows to logits");
    for (auto [argument, name] : llvm::zip(func.getArguments(), kInputs))
      symbolsOf[argument] = {
          memory.getShared(argument.getLoc(), name, cast<RankedTensorType>(argument.getType()),
                           name == "logit_rows" ? rt::Extent::logit_rows : rt::Extent::tokens)};
    logits = func.getBody().front().getTerminator()->getOperand(0);
    if (!logits.getDefiningOp<rt::LaunchOp>())
      return func.emitOpError("should return what a launch writes");

    auto program = rt::ProgramOp::create(builder, func.getLoc(), func.getSymName(), maxTokens.getInt());
    builder.setInsertionPointToStart(&program.getBody().emplaceBlock());
    for (Operation &op : func.getBody().front().without_terminator())
      if (failed(convert(&op)))
        return failure();
    return success();
  }

private:
  LogicalResult convert(Operation *op) {
    if (auto launch = dyn_cast<rt::LaunchOp>(op))
      return convertLaunch(launch);
    // Symbols appear in the order of first use, not of these ops.
    if (isa<WeightOp, StateOp>(op))
      return success();
    return op->emitOpError("should be inside a kernel by now");
  }

  LogicalResult convertLaunch(rt::LaunchOp op) {
    SmallVector<Attribute> reads, writes;
    for (Value operand : op.getOperands())
      if (failed(getSymbols(operand, reads)))
        return failure();
    for (auto [result, name] : llvm::zip(op.getResults(), op.getNames().getAsValueRange<StringAttr>())) {
      auto type = dyn_cast<RankedTensorType>(result.getType());
      if (!type)
        return op.emitOpError("has a result of type ") << result.getType() << ", wanted tensors";
      std::string symbol = (name.empty() ? op.getKernel() : name).str();
      FlatSymbolRefAttr buffer =
          result == logits
              ? memory.getShared(op.getLoc(), kLogits, type, op.getRows())
              : memory.getBuffer(op.getLoc(), func.getSymName() + "." + symbol, name, type, op.getRows());
      symbolsOf[result] = {buffer};
      writes.push_back(buffer);
    }
    std::optional<int64_t> layer = findLayer(op.getLoc());
    std::string label = op.getKernel().str();
    if (layer)
      label = ("layers." + Twine(*layer) + ": " + label).str();
    rt::DispatchOp::create(builder, op.getLoc(), op.getKernel(), builder.getArrayAttr(reads),
                           builder.getArrayAttr(writes), op.getGridAttr(), op.getRows(), label,
                           layer.value_or(-1), estimateCost(op));
    return success();
  }

  LogicalResult getSymbols(Value value, SmallVectorImpl<Attribute> &symbols) {
    if (auto weight = value.getDefiningOp<WeightOp>()) {
      auto parts = memory.getWeight(weight);
      if (failed(parts))
        return failure();
      symbols.append(parts->begin(), parts->end());
      return success();
    }
    if (auto state = value.getDefiningOp<StateOp>()) {
      auto symbol = memory.getState(state);
      if (failed(symbol))
        return failure();
      symbols.push_back(*symbol);
      return success();
    }
    symbols.push_back(symbolsOf.at(value));
    return success();
  }

  func::FuncOp func;
  Memory &memory;
  OpBuilder builder;
  Value logits;
  DenseMap<Value, FlatSymbolRefAttr> symbolsOf;
};

struct BuildProgram final : impl::BuildProgramBase<BuildProgram> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto model = module->getAttrOfType<DictionaryAttr>("v4.model");
    if (!model || !model.getAs<IntegerAttr>("max_step_tokens")) {
      module.emitError("needs 'max_step_tokens' in its 'v4.model' attribute");
      return signalPassFailure();
    }
    Memory memory(module, model);
    SmallVector<func::FuncOp> functions(module.getOps<func::FuncOp>());
    for (func::FuncOp func : functions)
      if (failed(ProgramBuilder(func, memory).run()))
        return signalPassFailure();
    // Only now: `memory` inserts before the module's first op.
    for (func::FuncOp func : functions)
      func.erase();
  }
};

} // namespace
} // namespace mlir::v4

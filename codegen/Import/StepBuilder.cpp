#include "codegen/Import/StepBuilder.h"

namespace mlir::v4 {

StepBuilder::StepBuilder(ModuleOp module, const ModelConfig &config, const Inventory &inventory,
                         const ImportOptions &options, NumericsAttr numerics)
    : config(config), numerics(numerics), builder(module.getBodyRegion()), inventory(inventory),
      options(options), declarations(module.getContext()) {
  builder.setInsertionPointToEnd(module.getBody());
  RankedTensorType perRow = ids({});
  RankedTensorType logits = wideRows({config.vocabSize});
  auto type = builder.getFunctionType({perRow, perRow, perRow, perRow}, {logits});
  function = func::FuncOp::create(builder, at("step"), "step", type);
  Block *block = builder.createBlock(&function.getBody(), {}, type.getInputs(),
                                     {at("tokens"), at("slots"), at("positions"), at("logit_rows")});
  tokens = block->getArgument(0);
  slots = block->getArgument(1);
  positions = block->getArgument(2);
  logitRows = block->getArgument(3);

  for (int64_t ratio : config.ratios) {
    if (ratio == 0) {
      if (!mainTable.cos)
        mainTable = makeTable("rope.main", /*compressed=*/false, 0);
      continue;
    }
    if (!compressTable.cos)
      compressTable = makeTable("rope.compress", /*compressed=*/true, 0);
    if (!entryTables.count(ratio))
      entryTables[ratio] = makeTable("rope.entries" + Twine(ratio), /*compressed=*/true, 1 - ratio);
  }
  declarations.setInsertionPointToStart(block);
}

RopeTable StepBuilder::makeTable(const Twine &name, bool compressed, int64_t offset) {
  RopeScaling scaling = compressed ? config.ropeScaling : RopeScaling();
  auto rope = RopeAttr::get(builder.getContext(), config.ropeDims,
                            compressed ? config.compressRopeTheta : config.ropeTheta, scaling.factor,
                            scaling.betaFast, scaling.betaSlow, scaling.originalContext);
  RankedTensorType type = rowsOf({config.ropeDims / 2}, "rope_table");
  auto table = RopeTableOp::create(builder, at(name), type, type, positions, rope, offset);
  return {table.getCos(), table.getSin()};
}

static RankedTensorType rowType(ArrayRef<int64_t> shape, Type element) {
  SmallVector<int64_t> full = {ShapedType::kDynamic};
  full.append(shape.begin(), shape.end());
  return RankedTensorType::get(full, element);
}

RankedTensorType StepBuilder::wideRows(ArrayRef<int64_t> shape) {
  return rowType(shape, builder.getF32Type());
}

RankedTensorType StepBuilder::rowsOf(ArrayRef<int64_t> shape, StringRef option) {
  return rowType(shape, has(option, "bf16") ? Type(builder.getBF16Type()) : builder.getF32Type());
}

RankedTensorType StepBuilder::ids(ArrayRef<int64_t> shape) { return rowType(shape, builder.getI32Type()); }

Location StepBuilder::at(const Twine &name) { return NameLoc::get(builder.getStringAttr(name)); }

static WeightType weightType(MLIRContext *context, const WeightEntry &entry) {
  auto element = [&]() -> Type {
    switch (entry.format.element) {
    case ElementFormat::f32:
      return Float32Type::get(context);
    case ElementFormat::bf16:
      return BFloat16Type::get(context);
    case ElementFormat::f8e4m3:
      return Float8E4M3FNType::get(context);
    case ElementFormat::f4e2m1:
      return Float4E2M1FNType::get(context);
    case ElementFormat::i64:
      return IntegerType::get(context, 64);
    }
    llvm_unreachable("closed enum");
  };
  Type scale;
  if (entry.format.scale == ScaleFormat::f8e8m0)
    scale = Float8E8M0FNUType::get(context);
  else if (entry.format.scale == ScaleFormat::f32)
    scale = Float32Type::get(context);
  return WeightType::get(context, entry.shape, element(), scale, entry.format.blockRows,
                         entry.format.blockCols);
}

Value StepBuilder::weight(const Twine &name, std::optional<int64_t> idsBelow) {
  StringAttr nameAttr = builder.getStringAttr(name);
  auto entry = inventory.weights.find(nameAttr.getValue());
  assert(entry != inventory.weights.end() && "weight that the table of tensors does not have");
  return WeightOp::create(declarations, NameLoc::get(nameAttr),
                          weightType(builder.getContext(), entry->second), nameAttr, ElementsAttr(),
                          LayoutAttr(), idsBelow ? builder.getI64IntegerAttr(*idsBelow) : IntegerAttr());
}

Value StepBuilder::ring(const Twine &name, int64_t lookBack, int64_t width, Type element) {
  auto type = RingType::get(builder.getContext(), lookBack + options.maxStepTokens, width, element);
  return StateOp::create(declarations, at(name), type, builder.getStringAttr(name));
}

Value StepBuilder::entries(const Twine &name, int64_t ratio, int64_t width) {
  Type element = rows({}).getElementType();
  auto type = EntriesType::get(capacity(ratio), width, element);
  return StateOp::create(declarations, at(name), type, builder.getStringAttr(name));
}

Value StepBuilder::quantised(Value input, Value weight, ArrayRef<int64_t> shape) {
  if (!has("act_quant", "fp8_128") || !cast<WeightType>(weight.getType()).isScaled())
    return input;
  Value &known = quantisedInputs[input];
  if (!known) {
    auto name = cast<NameLoc>(input.getLoc()).getName().getValue();
    // bf16 and f32 hold the quantised values exactly: matrix units multiply bf16, vectors need not widen f32.
    auto inputType = cast<RankedTensorType>(input.getType());
    auto type = wideRows(shape.empty() ? inputType.getShape().drop_front() : shape);
    if (options.matrixUnits && inputType.getElementType().isBF16())
      type = type.clone(inputType.getElementType());
    known =
        FakeQuantiseOp::create(builder, at(name + ".q8"), type, input, QuantFormat::e4m3, kActivationBlock,
                               /*first=*/IntegerAttr());
  }
  return known;
}

Value StepBuilder::linear(const Twine &name, Value input, const Twine &weightName, RankedTensorType type) {
  Value matrix = weight(weightName);
  return LinearOp::create(builder, at(name), type, quantised(input, matrix), matrix);
}

Value StepBuilder::rmsNorm(const Twine &name, Value input, const Twine &weightName) {
  return RmsNormOp::create(builder, at(name), input.getType(), input, weight(weightName),
                           number(config.normEps));
}

Value StepBuilder::rope(const Twine &name, Value input, RopeTable table) {
  return RopeOp::create(builder, at(name), input.getType(), input, table.cos, table.sin);
}

void StepBuilder::ringWrite(Value input, Value ring) {
  RingWriteOp::create(builder, ring.getLoc(), input, ring, slots, positions);
}

} // namespace mlir::v4

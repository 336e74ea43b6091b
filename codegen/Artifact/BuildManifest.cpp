#include "codegen/Artifact/BuildManifest.h"

#include "dialects/Rt/IR/RtDialect.h"
#include "dialects/Tile/IR/TileDialect.h"
#include "dialects/V4/IR/V4Dialect.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::v4 {
namespace {

namespace format = v4rt::format;

std::optional<format::ElementType> getElementType(Type type) {
  using format::ElementType;
  if (type.isF32())
    return ElementType::f32;
  if (type.isF64())
    return ElementType::f64;
  if (type.isBF16())
    return ElementType::bf16;
  if (type.isInteger(32))
    return ElementType::i32;
  if (type.isInteger(64))
    return ElementType::i64;
  if (type.isInteger(8))
    return ElementType::u8;
  if (isa<Float8E4M3FNType>(type))
    return ElementType::f8e4m3;
  if (isa<Float8E8M0FNUType>(type))
    return ElementType::f8e8m0;
  if (isa<Float4E2M1FNType>(type))
    return ElementType::f4e2m1;
  return std::nullopt;
}

format::Extent getExtent(rt::Extent extent) {
  switch (extent) {
  case rt::Extent::one:
    return format::Extent::one;
  case rt::Extent::tokens:
    return format::Extent::tokens;
  case rt::Extent::logit_rows:
    return format::Extent::logit_rows;
  case rt::Extent::positions:
    return format::Extent::positions;
  }
  llvm_unreachable("closed enum");
}

/// "lanes = 64, keys = 16, outputs = 64, depth = 8"
std::string print(ScheduleAttr schedule) {
  std::string text;
  llvm::raw_string_ostream(text) << schedule;
  return StringRef(text).split('<').second.rtrim('>').str();
}

class ManifestBuilder {
public:
  ManifestBuilder(ModuleOp module, format::ManifestT &manifest) : module(module), manifest(manifest) {}

  LogicalResult run() {
    if (failed(addModel()))
      return failure();
    for (Operation &op : *module.getBody())
      if (failed(addSymbol(&op)))
        return failure();
    // Programs refer to everything else, which may come after them.
    for (auto program : module.getOps<rt::ProgramOp>())
      addProgram(program);
    return setStepBuffers();
  }

private:
  LogicalResult addModel() {
    auto attributes = module->getAttrOfType<DictionaryAttr>("v4.model");
    if (!attributes)
      return module.emitError("needs a 'v4.model' attribute");
    auto model = std::make_unique<format::ModelT>();
    bool complete = true;
    auto readString = [&](StringRef name, std::string &value) {
      auto attribute = attributes.getAs<StringAttr>(name);
      complete &= static_cast<bool>(attribute);
      value = attribute ? attribute.str() : "";
    };
    auto readInteger = [&](StringRef name, auto &value) {
      auto attribute = attributes.getAs<IntegerAttr>(name);
      complete &= static_cast<bool>(attribute);
      value = attribute ? attribute.getInt() : 0;
    };
    readString("architecture", model->architecture);
    readString("numerics", model->numerics);
    readString("config", model->config);
    readInteger("layers", model->layers);
    readInteger("hidden_size", model->hidden_size);
    readInteger("vocab_size", model->vocab_size);
    readInteger("max_context", model->max_context);
    readInteger("window", model->window);
    readInteger("bos", model->bos_token);
    readInteger("eos", model->eos_token);
    readInteger("max_step_tokens", manifest.max_step_tokens);
    auto ratios = attributes.getAs<DenseI64ArrayAttr>("ratios");
    if (!complete || !ratios)
      return module.emitError("misses entries in its 'v4.model' attribute");
    model->ratios.assign(ratios.asArrayRef().begin(), ratios.asArrayRef().end());
    manifest.model = std::move(model);
    return success();
  }

  LogicalResult addSymbol(Operation *op) {
    if (auto buffer = dyn_cast<rt::BufferOp>(op))
      return addBuffer(buffer);
    if (auto weight = dyn_cast<rt::WeightOp>(op))
      return addWeight(weight);
    if (auto state = dyn_cast<rt::StateOp>(op))
      return addState(state);
    if (auto kernel = dyn_cast<tile::KernelOp>(op)) {
      kernels[kernel.getSymName()] = manifest.kernels.size();
      auto entry = std::make_unique<format::KernelT>();
      entry->name = kernel.getSymName().str();
      if (auto schedule = kernel->getAttrOfType<ScheduleAttr>("v4.schedule"))
        entry->schedule = print(schedule);
      manifest.kernels.push_back(std::move(entry));
      return success();
    }
    if (!isa<rt::ProgramOp>(op))
      return op->emitOpError("has no place in an artifact");
    return success();
  }

  LogicalResult addBuffer(rt::BufferOp op) {
    RankedTensorType type = op.getTensorType();
    std::optional<format::ElementType> element = getElementType(type.getElementType());
    if (!element || !op.getOffset())
      return op.emitOpError(element ? "has no place yet" : "has an element type that artifacts do not know");
    bindings.try_emplace(op.getSymName(), manifest.buffers.size(), format::Space::buffer);
    auto buffer = std::make_unique<format::BufferT>();
    buffer->name = op.getName().str();
    buffer->type = *element;
    for (int64_t size : type.getShape().drop_front())
      buffer->row_shape.push_back(size);
    buffer->extent = getExtent(op.getExtent());
    buffer->offset = *op.getOffset();
    buffer->bytes = op.getBytes();
    manifest.arena_bytes = std::max(manifest.arena_bytes, buffer->offset + buffer->bytes);
    manifest.buffers.push_back(std::move(buffer));
    return success();
  }

  LogicalResult addWeight(rt::WeightOp op) {
    RankedTensorType type = op.getTensorType();
    std::optional<format::ElementType> source = getElementType(type.getElementType());
    if (!source || !op.getOffset())
      return op.emitOpError(source ? "has no place yet" : "has an element type that artifacts do not know");
    bindings.try_emplace(op.getSymName(), manifest.weights.size(), format::Space::weight);
    auto weight = std::make_unique<format::WeightT>();
    weight->name = op.getSymName().str();
    for (std::string &name : op.getSources())
      weight->sources.push_back(std::move(name));
    weight->source_type = *source;
    weight->type = *getElementType(op.getPackedElementType());
    weight->shape.assign(type.getShape().begin(), type.getShape().end());
    weight->panel = op.getLayout().getPanel();
    if (op.getLayout().getKind() == WeightLayout::panel) {
      bool nibbles = weight->type == format::ElementType::f4e2m1;
      weight->layout = nibbles ? format::Layout::panel_nibbles : format::Layout::panel;
    } else if (op.getLayout().getKind() == WeightLayout::panel_words) {
      weight->layout = format::Layout::panel_words;
    } else if (op.getLayout().getKind() == WeightLayout::rows) {
      weight->layout = format::Layout::rows;
    }
    weight->id_limit = op.getIdsBelow().value_or(0);
    weight->offset = *op.getOffset();
    weight->bytes = op.getBytes();
    manifest.weights_bytes = llvm::alignTo(weight->offset + weight->bytes, 64);
    manifest.weights.push_back(std::move(weight));
    return success();
  }

  LogicalResult addState(rt::StateOp op) {
    auto state = std::make_unique<format::StateT>();
    state->name = op.getSymName().str();
    auto describe = [&](auto type, format::StateKind kind) {
      state->kind = kind;
      state->rows = type.getRows();
      state->row_elements = type.getWidth();
      return type.getElementType();
    };
    auto ring = dyn_cast<RingType>(op.getType());
    Type element = ring ? describe(ring, format::StateKind::ring)
                        : describe(cast<EntriesType>(op.getType()), format::StateKind::entries);
    state->type = *getElementType(element); // f32 or bf16
    if (auto entries = dyn_cast<EntriesType>(op.getType()); entries && entries.isPacked())
      pack(entries, *state);
    state->ratio = op.getRatio().value_or(0);
    bindings.try_emplace(op.getSymName(), manifest.states.size(), format::Space::state);
    manifest.states.push_back(std::move(state));
    return success();
  }

  static void pack(EntriesType type, format::StateT &state) {
    bool nibbles = type.getFormat() == QuantFormat::e2m1;
    state.packing = std::make_unique<format::PackingT>();
    state.packing->type = state.type;
    state.packing->elements = state.row_elements;
    state.packing->codes = nibbles ? format::ElementType::f4e2m1 : format::ElementType::f8e4m3;
    state.packing->coded = type.getPacked();
    state.packing->block = type.getBlock();
    state.packing->plain_offset = type.getPlainOffset();
    state.packing->scale_offset = type.getScaleOffset();
    state.type = format::ElementType::u8;
    state.row_elements = type.getRowBytes();
  }

  void addProgram(rt::ProgramOp op) {
    auto program = std::make_unique<format::ProgramT>();
    program->name = op.getSymName().str();
    program->max_tokens = op.getMaxTokens();
    for (auto dispatch : op.getOps<rt::DispatchOp>())
      program->dispatches.push_back(describe(dispatch));
    manifest.programs.push_back(std::move(program));
  }

  std::unique_ptr<format::DispatchT> describe(rt::DispatchOp op) {
    auto dispatch = std::make_unique<format::DispatchT>();
    dispatch->kernel = kernels.lookup(op.getKernel());
    for (auto dim : op.getGrid().getAsRange<rt::DimAttr>())
      dispatch->grid.emplace_back(dim.getScale(), dim.getDivisor(), getExtent(dim.getExtent()));
    dispatch->rows = getExtent(op.getRows());
    for (auto name : op.getReads().getAsRange<FlatSymbolRefAttr>())
      dispatch->bindings.push_back(bindings.at(name.getValue()));
    for (auto name : op.getWrites().getAsRange<FlatSymbolRefAttr>()) {
      format::Binding binding = bindings.at(name.getValue());
      dispatch->bindings.push_back(binding);
      if (!manifest.buffers[binding.index()]->name.empty())
        dispatch->observed.push_back(binding.index());
    }
    dispatch->label = op.getLabel().str();
    dispatch->layer = static_cast<int64_t>(op.getLayer());
    if (rt::CostAttr cost = op.getCostAttr()) {
      dispatch->bytes_read = cost.getWeights();
      dispatch->flops = cost.getFlops();
      dispatch->flops_per_1024 = cost.getFlopsPer_1024();
      dispatch->values_read = cost.getRead();
      dispatch->values_written = cost.getWritten();
      dispatch->state_read = cost.getState();
      dispatch->state_read_per_1024 = cost.getStatePer_1024();
    }
    return dispatch;
  }

  LogicalResult setStepBuffers() {
    std::pair<StringRef, uint32_t *> step[] = {{"tokens", &manifest.tokens},
                                               {"slots", &manifest.slots},
                                               {"positions", &manifest.positions},
                                               {"logit_rows", &manifest.logit_rows},
                                               {"logits", &manifest.logits}};
    for (auto [name, index] : step) {
      auto it = bindings.find(name);
      if (it == bindings.end())
        return module.emitError() << "has no buffer @" << name;
      *index = it->second.index();
    }
    return success();
  }

  ModuleOp module;
  format::ManifestT &manifest;
  llvm::StringMap<uint32_t> kernels;
  llvm::StringMap<format::Binding> bindings;
};

} // namespace

LogicalResult buildManifest(ModuleOp module, ArrayRef<HostVariant> variants, format::ManifestT &manifest) {
  manifest = format::ManifestT();
  manifest.producer = "v4c " V4C_VERSION;
  auto target = module->getAttrOfType<StringAttr>("v4.target");
  manifest.target = target ? target.str() : "cpu";
  for (const HostVariant &variant : variants) {
    auto entry = std::make_unique<format::VariantT>();
    entry->name = variant.name.str();
    for (StringRef feature : variant.features)
      entry->features.push_back(feature.str());
    for (StringRef feature : variant.prefers)
      entry->prefers.push_back(feature.str());
    manifest.variants.push_back(std::move(entry));
  }
  return ManifestBuilder(module, manifest).run();
}

} // namespace mlir::v4

// One layer's attention (report eq. 9-19, specification, sections 4 and 5).
//
// Ops come in waves: what needs the layer's input only, then what needs that, and so on. Neighbours are
// thereby independent of each other, which is the order that fusion into kernels wants.
#include "codegen/Import/StepBuilder.h"

#include <cmath>

namespace mlir::v4 {
namespace {

// One compressor of a layer: of the keys, or of the indexer's keys.
struct Compressor {
  std::string weights; // "layers.0.attn.indexer.compressor."
  std::string place;   // "layers.0.attn.indexer."
  int64_t dim;
  int64_t ratio;
  bool overlap;
  Value values = {}, gates = {}; // rings of projected rows
  Value k = {}, s = {};          // the step's projected rows
  Value entries = {};            // a step's rows read what it wrote

  int64_t width() const { return overlap ? 2 * dim : dim; }
};

class AttentionImporter {
public:
  AttentionImporter(StepBuilder &step, const std::string &prefix, int64_t layer)
      : step(step), c(step.config), p(prefix), ratio(c.ratios[layer]), indexed(c.hasIndexer(layer)) {
    if (c.hasCompressor(layer))
      compressors.push_back({p + "compressor.", p + "compressor.", c.headDim, ratio, indexed});
    if (indexed)
      compressors.push_back({p + "indexer.compressor.", p + "indexer.", c.indexHeadDim, ratio, indexed});
  }

  Value run(Value input) {
    project(input);
    writeRows();
    for (Compressor &compressor : compressors)
      compress(compressor);
    Value query = makeQuery();
    Value chosen = indexed ? chooseEntries() : Value();
    return makeOutput(attend(query, chosen));
  }

private:
  // Everything that is a linear map of the layer's input.
  void project(Value input) {
    latent = step.linear(p + "q_a", input, p + "wq_a.weight", {c.qLoraRank});
    kv = step.linear(p + "kv_a", input, p + "wkv.weight", {c.headDim});
    for (Compressor &compressor : compressors) {
      const std::string &w = compressor.weights;
      RankedTensorType type = step.rowsOf({compressor.width()}, "compressor");
      compressor.k = step.linear(compressor.place + "k", input, w + "wkv.weight", type);
      compressor.s = step.linear(compressor.place + "s", input, w + "wgate.weight", type);
    }
    if (indexed)
      indexWeights =
          step.linear(p + "indexer.weights_proj", input, p + "indexer.weights_proj.weight", {c.indexHeads});
  }

  // Norms of the projected rows, and the rows of the step into the rings.
  void writeRows() {
    latent = step.rmsNorm(p + "q_lora", latent, p + "q_norm.weight");
    kv = step.rmsNorm(p + "kv_unrotated", kv, p + "kv_norm.weight");
    kv = quantiseKeys(p + "kv", [&](const Twine &name) { return step.rope(name, kv, step.table(ratio)); });
    window = step.ring(p + "window", c.window, c.headDim, elementType(kv));
    step.ringWrite(kv, window);
    for (Compressor &compressor : compressors) {
      int64_t lookBack = compressor.overlap ? 2 * ratio : ratio;
      Type type = elementType(compressor.k);
      compressor.values = step.ring(compressor.place + "values", lookBack, compressor.width(), type);
      compressor.gates = step.ring(compressor.place + "gates", lookBack, compressor.width(), type);
      step.ringWrite(compressor.k, compressor.values);
      step.ringWrite(compressor.s, compressor.gates);
    }
    if (indexed) {
      double factor =
          1 / std::sqrt(static_cast<double>(c.indexHeads)) / std::sqrt(static_cast<double>(c.indexHeadDim));
      indexWeights =
          ScaleOp::create(step.builder, step.at(p + "indexer.weights"),
                          step.rowsOf({c.indexHeads}, "index_score"), indexWeights, step.number(factor));
    }
  }

  // Entries of the blocks that the step closes. They are there before the step's queries look at them.
  void compress(Compressor &compressor) {
    const std::string &place = compressor.place;
    OpBuilder &b = step.builder;
    Value entry = CompressOp::create(
        b, step.at(place + "pooled"), step.rows({compressor.dim}), compressor.values, compressor.gates,
        step.weight(compressor.weights + "ape"), step.slots, step.positions, b.getI64IntegerAttr(ratio),
        compressor.overlap ? b.getUnitAttr() : UnitAttr(), step.numerics);
    entry = step.rmsNorm(place + "entry_unrotated", entry, compressor.weights + "norm.weight");
    auto rotate = [&](const Twine &name) { return step.rope(name, entry, step.entryTable(ratio)); };
    bool ofIndexer = &compressor != &compressors[0];
    entry = ofIndexer ? quantiseIndex(place + "entry", rotate) : quantiseKeys(place + "entry", rotate);
    compressor.entries = step.entries(place + "entries", ratio, compressor.dim);
    EntryWriteOp::create(b, compressor.entries.getLoc(), entry, compressor.entries, step.slots,
                         step.positions, b.getI64IntegerAttr(ratio));
  }

  Value makeQuery() {
    Value query = step.linear(p + "q_b", latent, p + "wq_b.weight", {c.heads, c.headDim});
    if (indexed)
      indexQuery =
          step.linear(p + "indexer.q_b", latent, p + "indexer.wq_b.weight", {c.indexHeads, c.indexHeadDim});
    query = HeadNormOp::create(step.builder, step.at(p + "q_unrotated"), query.getType(), query,
                               step.number(c.normEps), step.numerics);
    query = step.rope(p + "q", query, step.table(ratio));
    if (indexed)
      indexQuery = quantiseIndex(
          p + "indexer.q", [&](const Twine &name) { return step.rope(name, indexQuery, step.table(ratio)); });
    return query;
  }

  using Rotation = llvm::function_ref<Value(const Twine &name)>;

  static Type elementType(Value rows) { return cast<RankedTensorType>(rows.getType()).getElementType(); }

  Value fakeQuantise(const Twine &name, Value input, QuantFormat format, int64_t block,
                     IntegerAttr first = {}) {
    return FakeQuantiseOp::create(step.builder, step.at(name), input.getType(), input, format,
                                  step.builder.getI64IntegerAttr(block).getInt(), first);
  }

  // Keys of the window and entries: all but the rotated dimensions in E4M3, blocks of 64 (section 4.1). The
  // last step has the name.
  Value quantiseKeys(const std::string &name, Rotation rotate) {
    int64_t plain = c.headDim - c.ropeDims;
    if (!step.has("kv_quant", "fp8_64") || plain == 0)
      return rotate(name);
    return fakeQuantise(name, rotate(name + "_rotated"), QuantFormat::e4m3, 64,
                        step.builder.getI64IntegerAttr(plain));
  }

  // Queries and keys of the indexer (section 5.3).
  Value quantiseIndex(const std::string &name, Rotation rotate) {
    if (step.has("indexer", "bf16"))
      return rotate(name);
    Value rows = rotate(name + "_rotated");
    if (step.has("indexer", "fp8"))
      return fakeQuantise(name, rows, QuantFormat::e4m3, 128);
    rows = HadamardOp::create(step.builder, step.at(name + "_hadamard"), rows.getType(), rows);
    return fakeQuantise(name, rows, QuantFormat::e2m1, 32);
  }

  // The lightning indexer.
  Value chooseEntries() {
    OpBuilder &b = step.builder;
    int64_t capacity = step.capacity(ratio);
    IntegerAttr by = b.getI64IntegerAttr(ratio);
    Value scores = IndexScoresOp::create(b, step.at(p + "indexer.scores"), step.wideRows({capacity}),
                                         indexQuery, indexWeights, compressors[1].entries, step.slots,
                                         step.positions, by, step.numerics);
    return IndexTopkOp::create(b, step.at(p + "indexer.topk"), step.ids({std::min(c.indexTopk, capacity)}),
                               scores, step.positions, by);
  }

  Value attend(Value query, Value chosen) {
    OpBuilder &b = step.builder;
    Location loc = step.at(p + "core_out");
    Type type = query.getType();
    Value sink = step.weight(p + "attn_sink");
    IntegerAttr look = b.getI64IntegerAttr(c.window);
    FloatAttr scale = step.number(1 / std::sqrt(static_cast<double>(c.headDim)));
    if (compressors.empty())
      return WindowAttentionOp::create(b, loc, type, query, window, sink, step.slots, step.positions, look,
                                       scale, step.numerics);
    Value entries = compressors[0].entries;
    if (indexed)
      return CsaAttentionOp::create(b, loc, type, query, window, entries, chosen, sink, step.slots,
                                    step.positions, look, scale, step.numerics);
    return HcaAttentionOp::create(b, loc, type, query, window, entries, sink, step.slots, step.positions,
                                  b.getI64IntegerAttr(ratio), look, scale, step.numerics);
  }

  // Values are rotated keys: their rotation comes off at the query's position, and what is left is relative.
  Value makeOutput(Value heads) {
    OpBuilder &b = step.builder;
    RopeTable table = step.table(ratio);
    int64_t groups = c.outputGroups;
    Value grouped =
        GroupHeadsOp::create(b, step.at(p + "o_grouped"), step.rows({groups, c.heads / groups * c.headDim}),
                             heads, table.cos, table.sin);
    Value first = step.weight(p + "wo_a.weight");
    if (step.has("wo_a", "fp8"))
      grouped = step.quantised(grouped, first);
    Value lora = GroupedLinearOp::create(b, step.at(p + "o_lora"), step.rows({groups, c.outputLoraRank}),
                                         grouped, first);
    // The second projection's input is one row: its blocks may reach across groups.
    Value second = step.weight(p + "wo_b.weight");
    return LinearOp::create(b, step.at(p + "out"), step.rows({c.hiddenSize}),
                            step.quantised(lora, second, {groups * c.outputLoraRank}), second);
  }

  StepBuilder &step;
  const ModelConfig &c;
  const std::string &p;
  int64_t ratio;
  bool indexed;
  SmallVector<Compressor, 2> compressors; // of the keys, of the indexer's keys
  Value latent, kv, window, indexWeights, indexQuery;
};

} // namespace

Value importAttention(StepBuilder &step, const std::string &prefix, int64_t layer, Value input) {
  return AttentionImporter(step, prefix, layer).run(input);
}

} // namespace mlir::v4

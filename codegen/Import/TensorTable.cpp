#include "codegen/Import/TensorTable.h"

#include "llvm/Support/MathExtras.h"

namespace mlir::v4 {

using llvm::StringRef;
using llvm::Twine;

namespace {

class Table {
public:
  Table(const ModelConfig &config, std::vector<ExpectedTensor> &tensors) : c(config), tensors(tensors) {}

  void model() {
    add("embed.weight", {c.vocabSize, c.hiddenSize}, TensorClass::plain);
    for (int64_t layer = 0; layer < c.layers; ++layer)
      block("layers." + std::to_string(layer) + ".", layer);
    add("norm.weight", {c.hiddenSize}, TensorClass::plain);
    hyperConnection("hc_head_", c.streams, 1);
    add("head.weight", {c.vocabSize, c.hiddenSize}, TensorClass::plain);
  }

private:
  void add(const Twine &name, llvm::ArrayRef<int64_t> shape, TensorClass tensorClass, int64_t stack = 0) {
    tensors.push_back({name.str(), llvm::SmallVector<int64_t, 2>(shape), tensorClass, stack});
  }

  void hyperConnection(const Twine &prefix, int64_t rows, int64_t scales) {
    add(prefix + "fn", {rows, c.streams * c.hiddenSize}, TensorClass::f32);
    add(prefix + "base", {rows}, TensorClass::f32);
    add(prefix + "scale", {scales}, TensorClass::f32);
  }

  void block(const std::string &p, int64_t layer) {
    hyperConnection(p + "hc_attn_", c.hcRows(), 3);
    add(p + "attn_norm.weight", {c.hiddenSize}, TensorClass::plain);
    attention(p + "attn.", layer);
    hyperConnection(p + "hc_ffn_", c.hcRows(), 3);
    add(p + "ffn_norm.weight", {c.hiddenSize}, TensorClass::plain);
    feedForward(p + "ffn.", layer);
  }

  void attention(const std::string &p, int64_t layer) {
    int64_t width = c.heads * c.headDim, latent = c.outputGroups * c.outputLoraRank;
    add(p + "attn_sink", {c.heads}, TensorClass::f32);
    add(p + "wq_a.weight", {c.qLoraRank, c.hiddenSize}, TensorClass::dense);
    add(p + "q_norm.weight", {c.qLoraRank}, TensorClass::plain);
    add(p + "wq_b.weight", {width, c.qLoraRank}, TensorClass::dense);
    add(p + "wkv.weight", {c.headDim, c.hiddenSize}, TensorClass::dense);
    add(p + "kv_norm.weight", {c.headDim}, TensorClass::plain);
    add(p + "wo_a.weight", {latent, width / c.outputGroups}, TensorClass::dense);
    add(p + "wo_b.weight", {c.hiddenSize, latent}, TensorClass::dense);
    if (c.hasCompressor(layer))
      compressor(p + "compressor.", c.ratios[layer], c.hasIndexer(layer), c.headDim);
    if (!c.hasIndexer(layer))
      return;
    add(p + "indexer.wq_b.weight", {c.indexHeads * c.indexHeadDim, c.qLoraRank}, TensorClass::dense);
    add(p + "indexer.weights_proj.weight", {c.indexHeads, c.hiddenSize}, TensorClass::plain);
    compressor(p + "indexer.compressor.", c.ratios[layer], /*overlap=*/true, c.indexHeadDim);
  }

  // With overlap the first half of the width serves the next block, the second the own.
  void compressor(const std::string &p, int64_t ratio, bool overlap, int64_t dim) {
    int64_t width = overlap ? 2 * dim : dim;
    add(p + "ape", {ratio, width}, TensorClass::f32);
    add(p + "wkv.weight", {width, c.hiddenSize}, TensorClass::plain);
    add(p + "wgate.weight", {width, c.hiddenSize}, TensorClass::plain);
    add(p + "norm.weight", {dim}, TensorClass::plain);
  }

  void feedForward(const std::string &p, int64_t layer) {
    add(p + "gate.weight", {c.experts, c.hiddenSize}, TensorClass::plain);
    if (c.routesByToken(layer))
      add(p + "gate.tid2eid", {c.vocabSize, c.expertsPerToken}, TensorClass::i64);
    else
      add(p + "gate.bias", {c.experts}, TensorClass::f32);
    expert(p + "experts.{e}.", TensorClass::expert, c.experts);
    expert(p + "shared_experts.", TensorClass::dense, 0);
  }

  // w1 is the gate, w3 what it gates, w2 the way back.
  void expert(const std::string &p, TensorClass tensorClass, int64_t stack) {
    add(p + "w1.weight", {c.expertSize, c.hiddenSize}, tensorClass, stack);
    add(p + "w3.weight", {c.expertSize, c.hiddenSize}, tensorClass, stack);
    add(p + "w2.weight", {c.hiddenSize, c.expertSize}, tensorClass, stack);
  }

  const ModelConfig &c;
  std::vector<ExpectedTensor> &tensors;
};

} // namespace

bool listExpectedTensors(const ModelConfig &config, std::vector<ExpectedTensor> &tensors,
                         std::string &error) {
  tensors.clear();
  Table(config, tensors).model();
  int64_t total = 0;
  for (const ExpectedTensor &tensor : tensors) {
    // Eight bytes an element is the widest that a tensor is stored in.
    int64_t bytes = 8;
    bool overflow = llvm::MulOverflow(bytes, std::max<int64_t>(tensor.stack, 1), bytes);
    for (int64_t size : tensor.shape)
      overflow |= llvm::MulOverflow(bytes, size, bytes);
    if (overflow || llvm::AddOverflow(total, bytes, total)) {
      error = "config.json: its sizes make the model, at tensor '" + tensor.name +
              "', larger than 64 bits can address";
      return false;
    }
  }
  return true;
}

std::string expertTensorName(StringRef name, int64_t expert) {
  auto [before, after] = name.split("{e}");
  return (before + Twine(expert) + after).str();
}

std::string scaleTensorName(StringRef weight) {
  assert(weight.ends_with("weight") && "only weights have scales");
  return (weight.drop_back(6) + "scale").str();
}

} // namespace mlir::v4

#include "test/Runtime/ToyArtifact.h"
#include "runtime/pack/ArtifactWriter.h"

#include <fstream>
#include <iterator>

namespace v4test {

using namespace format;
using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

template <typename Spec, typename Function>
static auto tables(const std::vector<Spec> &specs, Function make) {
  std::vector<decltype(make(specs.front()))> made;
  for (const Spec &spec : specs)
    made.push_back(make(spec));
  return made;
}

std::string ManifestSpec::build() const {
  FlatBufferBuilder b;
  auto model = CreateModelDirect(b, "toy", "hf", layers, kWidth, vocab, maxContext, kWindow, bos, eos, "{}");
  auto bufferTables = tables(buffers, [&](const BufferSpec &s) {
    return CreateBufferDirect(b, s.name.c_str(), s.type, &s.rowShape, s.extent, s.offset, s.bytes);
  });
  auto stateTables = tables(states, [&](const StateSpec &s) {
    return CreateStateDirect(b, s.name.c_str(), s.kind, s.type, s.rows, s.rowElements, s.ratio);
  });
  auto weightTables = tables(weights, [&](const WeightSpec &s) {
    auto sources = b.CreateVectorOfStrings(s.sources);
    return CreateWeight(b, b.CreateString(s.name), sources, s.type, s.type, b.CreateVector(s.shape), s.layout,
                        s.panel, s.offset, s.bytes, 0);
  });
  auto kernelTables = tables(kernels, [&](const std::string &s) { return CreateKernelDirect(b, s.c_str()); });
  auto variantTables = tables(variants, [&](const VariantSpec &s) {
    auto features = b.CreateVectorOfStrings(s.features);
    auto prefers = b.CreateVectorOfStrings(s.prefers);
    return CreateVariant(b, b.CreateString(s.name), features, prefers);
  });
  auto programTables = tables(programs, [&](const ProgramSpec &s) {
    auto dispatches = tables(s.dispatches, [&](const DispatchSpec &d) {
      return CreateDispatchDirect(b, d.kernel, &d.grid, d.rows, &d.bindings, "label", &d.observed, d.layer);
    });
    return CreateProgramDirect(b, s.name.c_str(), s.maxTokens, &dispatches);
  });
  auto deviceKernelTables = tables(deviceKernels, [&](const DeviceKernelSpec &s) {
    return CreateDeviceKernelDirect(b, s.entry.c_str(), s.cubinOffset, s.cubinBytes, s.ptxOffset, s.ptxBytes,
                                    s.warps, s.sharedBytes, 32, 0, s.scratchBytes);
  });
  Offset<DeviceCode> device;
  if (!architecture.empty())
    device = CreateDeviceCodeDirect(b, architecture.c_str(), 87, &deviceKernelTables);
  FinishManifestBuffer(b, CreateManifestDirect(b, model, "test", target.c_str(), maxStep, arenaBytes,
                                               &bufferTables, &stateTables, &weightTables, weightsBytes,
                                               packed, &kernelTables, &variantTables, &programTables, tokens,
                                               slots, positions, logitRows, logits, 0, device));
  return std::string(reinterpret_cast<const char *>(b.GetBufferPointer()), b.GetSize());
}

namespace {
enum ToyBuffer : uint32_t { tokenIds, slotIds, positionIds, logitRowIds, logitValues, x, y, ages, yAgain };
enum ToyKernel : uint32_t { embed, remember, compress, mix, count, head };
} // namespace

static Binding buffer(uint32_t index) { return Binding(index, Space::buffer); }
static const Binding kRing(0, Space::state), kEntries(1, Space::state), kEmbed(0, Space::weight);

static std::vector<DispatchSpec> toyDispatches(bool prefill) {
  GridDim pairs(1, 2, Extent::tokens), single(1, 1, Extent::tokens), columns(kWidth, 1, Extent::one);
  GridDim panels((kVocab + kVocabPanel - 1) / kVocabPanel, 1, Extent::one), rows(1, 1, Extent::logit_rows);
  GridDim positions(1, 1, Extent::positions);
  Binding t = buffer(tokenIds), s = buffer(slotIds), p = buffer(positionIds), r = buffer(logitRowIds);
  std::vector<uint32_t> mixed = {y};
  if (prefill)
    mixed.push_back(yAgain); // tells the programs apart
  return {{embed, {pairs}, Extent::tokens, {t, kEmbed, buffer(x)}, {x}, -1},
          {remember, {single}, Extent::tokens, {buffer(x), s, p, kRing}, {}, 0},
          {compress, {single}, Extent::tokens, {s, p, kRing, kEntries}, {}, 0},
          {mix, {columns, single}, Extent::tokens, {s, p, kRing, kEntries, buffer(y)}, mixed, 0},
          {count, {positions}, Extent::one, {buffer(ages)}, {ages}, -1},
          {head,
           {panels, rows},
           Extent::logit_rows,
           {r, buffer(y), kEmbed, buffer(logitValues)},
           {logitValues},
           -1}};
}

ManifestSpec toyManifest() {
  ManifestSpec m;
  auto add = [&](const char *name, ElementType type, std::vector<uint64_t> rowShape, Extent extent) {
    uint64_t rows = extent == Extent::positions ? kMaxContext : kMaxStep;
    uint64_t bytes = rows * 4;
    for (uint64_t size : rowShape)
      bytes *= size;
    m.buffers.push_back({name, type, std::move(rowShape), extent, m.arenaBytes, bytes});
    m.arenaBytes = (m.arenaBytes + bytes + 63) / 64 * 64;
  };
  m.arenaBytes = 0;
  add("", ElementType::i32, {}, Extent::tokens);
  add("", ElementType::i32, {}, Extent::tokens);
  add("", ElementType::i32, {1}, Extent::tokens);
  add("", ElementType::i32, {}, Extent::logit_rows);
  add("logits", ElementType::f32, {kVocab}, Extent::logit_rows);
  add("x", ElementType::f32, {kWidth}, Extent::tokens);
  add("y", ElementType::f32, {2, kWidth / 2}, Extent::tokens);
  add("ages", ElementType::f32, {}, Extent::positions);
  m.buffers.push_back(m.buffers[y]);
  m.buffers.back().name = "y.prefill";

  m.states = {{"ring", StateKind::ring, ElementType::f32, kRingRows, kWidth, 0},
              {"entries", StateKind::entries, ElementType::f32, kEntryRows, kWidth, kRatio}};
  m.weightsBytes = kVocab * kWidth * sizeof(float);
  m.weights = {{"embed.weight",
                {"embed.weight"},
                ElementType::f32,
                {kVocab, kWidth},
                Layout::row_major,
                0,
                0,
                m.weightsBytes}};
  m.kernels = {"embed", "remember", "compress", "mix", "count", "head"};
  m.variants = {{"future", {"sse2", "avx9000"}}, {"plain", {"sse2"}}, {"doubled", {}}};
  m.programs = {{"decode", 1, toyDispatches(false)}, {"prefill", kMaxStep, toyDispatches(true)}};
  m.tokens = tokenIds;
  m.slots = slotIds;
  m.positions = positionIds;
  m.logitRows = logitRowIds;
  m.logits = logitValues;
  return m;
}

ManifestSpec gpuToyManifest() {
  ManifestSpec m = toyManifest();
  m.target = m.architecture = "sm_90a";
  m.variants = {{"sim", {"sse2"}}};
  for (const std::string &kernel : m.kernels)
    m.deviceKernels.push_back({kernel});
  m.deviceKernels[count].scratchBytes = kCountScratch;
  return m;
}

std::vector<float> toyWeights() {
  std::vector<float> weights;
  for (int i = 0; i < kVocab * kWidth; ++i)
    weights.push_back(float((i * 37 + 11) % 101 - 50) / 64);
  return weights;
}

std::string toyKernels() {
  std::ifstream stream(V4_TEST_KERNELS, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

v4rt::Status writeArtifact(const std::string &path, const ManifestSpec &manifest,
                           const std::string &kernels) {
  v4rt::ArtifactWriter writer;
  V4_TRY(writer.create(path));
  V4_TRY(writer.addSection(SectionKind::kernels, kernels.data(), kernels.size()));
  if (manifest.packed) {
    std::vector<float> weights = toyWeights();
    V4_TRY(writer.addSection(SectionKind::weights, weights.data(), weights.size() * sizeof(float)));
  }
  if (!manifest.tokenizer.empty())
    V4_TRY(writer.addSection(SectionKind::tokenizer, manifest.tokenizer.data(), manifest.tokenizer.size()));
  if (!manifest.deviceCode.empty())
    V4_TRY(writer.addSection(SectionKind::device, manifest.deviceCode.data(), manifest.deviceCode.size()));
  std::string bytes = manifest.build();
  V4_TRY(writer.addSection(SectionKind::manifest, bytes.data(), bytes.size()));
  return writer.finish();
}

std::vector<float> expectedLogits(const std::vector<int> &tokens) {
  std::vector<float> weights = toyWeights(), logits(kVocab);
  int last = int(tokens.size()) - 1;
  float y[kWidth];
  for (int i = 0; i < kWidth; ++i) {
    y[i] = 0;
    for (int age = 0; age < kWindow && age <= last; ++age)
      y[i] += weights[tokens[last - age] * kWidth + i] / float(age + 1);
    for (int e = 0; e < (last + 1) / kRatio; ++e) {
      float entry = 0;
      for (int p = e * kRatio; p < (e + 1) * kRatio; ++p)
        entry += weights[tokens[p] * kWidth + i];
      y[i] += entry;
    }
  }
  for (int v = 0; v < kVocab; ++v)
    for (int i = 0; i < kWidth; ++i)
      logits[v] += y[i] * weights[v * kWidth + i];
  return logits;
}

} // namespace v4test
